use std::cell::RefCell;
use std::rc::Rc;
use std::thread::LocalKey;

use crate::types::Error;
use crate::{Variables, Wasi};

/// A stage's client with what it was made of, kept from call to call: it knows what earlier calls have found out, and stops repeating calls when its provider
/// is down.
pub struct Kept<Config, Client>(RefCell<Option<(Config, Rc<Client>)>>);

/// Values of variables by name, as configurations are read from.
pub type Values = Box<dyn Fn(&str) -> Option<String>>;

impl<Config: PartialEq + Clone, Client> Kept<Config, Client> {
    /// Nothing yet.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "for statics, which cannot be made by a trait")]
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }

    fn get(&self, config: Config, connect: impl FnOnce(Rc<Wasi>, Config) -> Client) -> Rc<Client> {
        let mut kept = self.0.borrow_mut();
        match &*kept {
            Some((known, client)) if *known == config => Rc::clone(client),
            _ => {
                let client = Rc::new(connect(Rc::new(Wasi), config.clone()));
                *kept = Some((config, Rc::clone(&client)));
                client
            }
        }
    }
}

/// A client for what the variables of these names say now: the one that is kept, when it was made for the same.
///
/// # Errors
/// Those of `configure`, which name the variable that is missing or wrong.
pub async fn client<Config: PartialEq + Clone, Client>(
    kept: &'static LocalKey<Kept<Config, Client>>,
    names: &[&'static str],
    configure: impl FnOnce(Values) -> Result<Config, upstream::Error>,
    connect: impl FnOnce(Rc<Wasi>, Config) -> Client,
) -> Result<Rc<Client>, Error> {
    let variables = Variables::read(names).await;
    let config = configure(Box::new(move |name: &str| variables.get(name)))?;
    Ok(kept.with(|kept| kept.get(config, connect)))
}
