use std::time::Duration;

/// How patient calls to a provider are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The provider's name in errors, such as `Voyage`.
    pub provider: &'static str,
    /// The variable that an operator has set the provider's address by, for errors that a wrong address explains; `None` where it is the provider's own.
    pub address_variable: Option<&'static str>,
    /// Tries in all, the first included; at least 1.
    pub tries: u32,
    /// The longest a single try may take, to the last byte of its answer; for a download, to the answer's head.
    pub try_timeout: Duration,
    /// The longest pause between two reads of a download.
    pub idle_timeout: Duration,
    /// The longest wait before the second try; it doubles with each further one.
    pub base_delay: Duration,
    /// The longest wait between two tries, unless the provider asks for more.
    pub max_delay: Duration,
    /// The largest answer read into memory, in bytes.
    pub max_answer_bytes: usize,
    /// Whether to try again when no answer came: the connection broke or the time for a try ran out.
    pub retry_transport: bool,
}

impl Policy {
    /// Three tries of 30 seconds, waits of up to 0.2, then 0.4 seconds, answers of up to 8 MiB.
    #[must_use]
    pub const fn new(provider: &'static str) -> Self {
        Self {
            provider,
            address_variable: None,
            tries: 3,
            try_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(30),
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            max_answer_bytes: 8 * 1024 * 1024,
            retry_transport: true,
        }
    }
}
