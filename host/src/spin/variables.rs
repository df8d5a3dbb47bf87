//! `spin:variables`

use wasmtime::component::Accessor;

use super::Spin;
use super::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use crate::runtime::State;
use crate::variables::LookupError;

impl Host for &mut State {}

impl<T: Send> HostWithStore<T> for Spin {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> wasmtime::Result<Result<String, Error>> {
        let (variables, component) = accessor.with(|mut access| {
            let grants = &access.get().grants;
            (grants.variables.clone(), grants.component.clone())
        });
        Ok(variables.get(&component, &name).map_err(Error::from))
    }
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::InvalidName(message) => Self::InvalidName(message),
            LookupError::Undefined(message) => Self::Undefined(message),
        }
    }
}
