use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;

use super::Algorithm;
use super::key::{Key, is_kid};
use crate::{MAX_TOKEN_BYTES, Refusal, User};

/// What tokens of signed-in users are for and of, with Supabase.
const AUDIENCE: &str = "authenticated";
const ROLE: &str = "authenticated";
/// How far clocks may differ, in seconds: what PostgREST allows.
const SKEW: f64 = 30.0;

/// What must hold of a token beside its signature and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Who issues the tokens, to the letter.
    pub issuer: String,
}

/// A token whose header was read, and nothing else.
#[derive(Clone, Debug)]
pub struct Unverified<'t> {
    text: &'t str,
    algorithm: Algorithm,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    role: String,
    // Issuer and audience are the library's to check; an issuer that is a list is none.
    #[serde(rename = "iss")]
    _issuer: String,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
}

impl<'t> Unverified<'t> {
    /// Reads a token's header.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for what is no token, is longer than [`MAX_TOKEN_BYTES`], is signed in another way or not at all, or asks for
    /// extensions to be understood.
    pub fn read(text: &'t str) -> Result<Self, Refusal> {
        const NO_TOKEN: Refusal =
            Refusal::Invalid("The credentials are neither an API key in use nor an access token.");
        if text.len() > MAX_TOKEN_BYTES || text.split('.').count() != 3 {
            return Err(NO_TOKEN);
        }
        let header = decode_header(text).map_err(|error| match error.kind() {
            // Among them `none`.
            ErrorKind::InvalidAlgorithmName => WRONG_ALGORITHM,
            _ => NO_TOKEN,
        })?;
        let is_jwt = header.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
        if header.crit.is_some() || !is_jwt {
            return Err(NO_TOKEN);
        }
        let algorithm = Algorithm::read(header.alg).ok_or(WRONG_ALGORITHM)?;
        if header.kid.as_deref().is_some_and(|kid| !is_kid(kid)) {
            return Err(UNKNOWN_KEY);
        }
        Ok(Self { text, algorithm, kid: header.kid })
    }

    /// How it says it is signed.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The id of the published key that it says it is signed with.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it says none.
    pub fn kid(&self) -> Result<&str, Refusal> {
        self.kid.as_deref().ok_or(UNKNOWN_KEY)
    }

    /// Verifies the token and returns the user. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with the first thing that does not hold: the key's algorithm, the signature, the claims, the times, the issuer, the
    /// audience, the role.
    pub fn verify(&self, key: &Key, rules: &Rules, now: u64) -> Result<User, Refusal> {
        if self.algorithm != key.algorithm {
            return Err(WRONG_ALGORITHM);
        }
        let mut validation = Validation::new(key.algorithm.library());
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&rules.issuer]);
        validation.set_audience(&[AUDIENCE]);
        // The library would ask the system's clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let token = decode::<Claims>(self.text, &key.material, &validation);
        let claims = token.map_err(|error| invalid(error.kind()))?.claims;
        // Exact: times that matter are far below 2^53.
        #[allow(clippy::cast_precision_loss)]
        let now = now as f64;
        if claims.exp + SKEW <= now {
            return Err(Refusal::Invalid("The access token has expired. Refresh it."));
        }
        if [claims.nbf, claims.iat].into_iter().flatten().any(|time| time > now + SKEW) {
            return Err(Refusal::Invalid("The access token is not valid yet: it was made for a later time."));
        }
        if claims.role != ROLE {
            return Err(Refusal::Invalid(
                "The token is not of a signed-in user. Keys of the Supabase project are not accepted; services use an API key.",
            ));
        }
        let id = claims.sub.parse().map_err(|_| CLAIMS)?;
        Ok(User { id, token: self.text.to_owned() })
    }
}

const WRONG_ALGORITHM: Refusal =
    Refusal::Invalid("The access token is signed in a way that is not accepted here.");
pub(super) const UNKNOWN_KEY: Refusal =
    Refusal::Invalid("The access token is signed with a key that its project does not publish.");
const CLAIMS: Refusal =
    Refusal::Invalid("The access token lacks what Supabase puts into one: exp, iss, aud, sub and role.");

fn invalid(error: &ErrorKind) -> Refusal {
    match error {
        ErrorKind::InvalidSignature => Refusal::Invalid("The access token's signature is wrong."),
        ErrorKind::InvalidIssuer => Refusal::Invalid("The access token is of another project."),
        ErrorKind::InvalidAudience => Refusal::Invalid("The access token is for another audience."),
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat => WRONG_ALGORITHM,
        _ => CLAIMS,
    }
}
