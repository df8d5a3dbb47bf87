use http_api::routes::Access;
use layout::RelationshipId;

use crate::{Caller, Refusal, Scope, User};

/// What is to be done with a request that is not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// It may go on.
    Allow,
    /// It may go on when the user is a member of the relationship.
    IfMember(&'a User, &'a RelationshipId),
}

/// Whether a caller may do what asks for this access. Decided by the caller and the request alone, before anything is looked up: whoever is refused
/// learns nothing of what there is.
///
/// [`Access::File`] lets through who may do so in some relationship; ask again with the file's own, by [`Access::Relationship`], once it is known.
///
/// # Errors
/// A [`Refusal`].
pub fn decide<'a>(caller: &'a Caller, access: &Access<'a>) -> Result<Decision<'a>, Refusal> {
    let needed = match access {
        Access::Anyone | Access::SignedUrl => return Ok(Decision::Allow),
        Access::Relationship(_, permission) | Access::File(permission) => Scope::from(*permission),
        Access::Operator => Scope::Admin,
    };
    match (caller, access) {
        (Caller::Local, _) => Ok(Decision::Allow),
        (Caller::Anonymous, _) => Err(Refusal::NoCredentials),
        (Caller::Service(key), _) if key.scope >= needed => Ok(Decision::Allow),
        (Caller::Service(_), _) => Err(Refusal::Scope(needed)),
        (Caller::User(user), Access::Relationship(relationship, _)) => {
            Ok(Decision::IfMember(user, relationship))
        }
        (Caller::User(_), Access::File(_)) => Ok(Decision::Allow),
        (Caller::User(_), _) => Err(Refusal::Scope(needed)),
    }
}
