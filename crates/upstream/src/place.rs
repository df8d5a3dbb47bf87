use http::Uri;

use crate::{Error, ErrorKind, Policy, TransportFault};

/// The variable that lets the stages of Serene's own manifest call one more host.
const EXTRA_HOST: &str = "extra_outbound_host";

/// Where a request went, as far as errors may say.
#[derive(Debug)]
pub(crate) struct Place {
    provider: &'static str,
    /// Scheme and authority.
    origin: String,
    host: String,
    /// Who set it.
    variable: Option<&'static str>,
}

impl Place {
    pub(crate) fn of(policy: &Policy, uri: &Uri) -> Self {
        let host = uri.authority().map_or_else(String::new, ToString::to_string);
        let origin = format!("{}://{host}", uri.scheme_str().unwrap_or_default());
        Self { provider: policy.provider, origin, host, variable: policy.address_variable }
    }

    pub(crate) const fn provider(&self) -> &'static str {
        self.provider
    }

    /// What an exchange without a whole answer means.
    pub(crate) fn fault(&self, fault: TransportFault) -> Error {
        use TransportFault as Fault;
        let Self { provider, origin, host, variable } = self;
        let check = variable.unwrap_or("the network that calls go out through");
        let error = |kind, message: String| Error::new(kind, message).with("host", host);
        // Faults that a wrong address can have.
        let astray = |kind, message: String| match variable {
            Some(variable) => error(kind, message).with("variable", *variable),
            None => error(kind, message),
        };
        match fault {
            Fault::NotPermitted => match variable {
                Some(variable) => error(
                    ErrorKind::Misconfigured,
                    format!(
                        "This component may not call {host}. Correct {variable}, or set {EXTRA_HOST} to {origin}; in a manifest of your own, add it to allowed_outbound_hosts, let the stage inherit them, and add it to what the stage declares."
                    ),
                )
                .with("variable", EXTRA_HOST),
                None => error(
                    ErrorKind::Misconfigured,
                    format!(
                        "This component may not call {host}. Add it to allowed_outbound_hosts, let the stage inherit them, and add it to what the stage declares."
                    ),
                ),
            },
            Fault::NoSuchHost => astray(
                ErrorKind::Unavailable,
                format!(
                    "{provider} at {host} cannot be found: the name has no address. Check {check}, then try again."
                ),
            ),
            Fault::Refused => astray(
                ErrorKind::Unavailable,
                format!(
                    "{provider} at {host} does not accept connections. Try again later; if that does not help, check {check}."
                ),
            ),
            Fault::Tls => astray(
                ErrorKind::Unavailable,
                format!(
                    "No secure connection to {provider} at {host}: its certificate or protocol does not fit. Check {check}."
                ),
            ),
            Fault::NotHttp => astray(
                ErrorKind::Failed,
                format!("What {provider} at {host} answered is not HTTP. Check {check}."),
            ),
            Fault::Broken => error(
                ErrorKind::Unavailable,
                format!("The connection to {provider} at {host} broke. Try again."),
            ),
            Fault::TimedOut => error(
                ErrorKind::TimedOut,
                format!("{provider} at {host} took too long to answer. Try again with more time."),
            ),
            Fault::BadRequest => error(
                ErrorKind::Failed,
                format!("The request to {provider} could not be sent as it was made."),
            ),
        }
    }
}
