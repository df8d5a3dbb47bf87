//! Where a guest's standard output and error go: to the host's standard error, each line marked with the
//! component.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// The longest line kept back while its end has not come, in bytes.
const MAX_LINE: usize = 16 * 1024;

/// One output of one instance. Whole lines are written at once, so that lines of two instances never mix.
#[derive(Clone)]
pub struct Output {
    prefix: Arc<str>,
    pending: Arc<Mutex<Vec<u8>>>,
}

impl Output {
    /// An output whose lines start with the component's name.
    #[must_use]
    pub fn new(component: &str) -> Self {
        Self { prefix: format!("[{component}] ").into(), pending: Arc::default() }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.extend_from_slice(bytes);
        while let Some(end) = line_end(&pending) {
            let line: Vec<u8> = pending.drain(..end).collect();
            self.emit(&line)?;
        }
        Ok(())
    }

    fn emit(&self, line: &[u8]) -> io::Result<()> {
        let mut whole = Vec::with_capacity(self.prefix.len() + line.len() + 1);
        whole.extend_from_slice(self.prefix.as_bytes());
        whole.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            whole.push(b'\n');
        }
        io::stderr().lock().write_all(&whole)
    }
}

/// Where the first line ends, counting its line feed; an overlong one ends at the limit.
fn line_end(pending: &[u8]) -> Option<usize> {
    let end = pending.iter().position(|b| *b == b'\n').map(|at| at + 1);
    match end {
        Some(end) if end <= MAX_LINE => Some(end),
        None if pending.len() < MAX_LINE => None,
        _ => Some(MAX_LINE),
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if Arc::strong_count(&self.pending) > 1 {
            return;
        }
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        if !pending.is_empty() {
            // Nobody is left to tell that standard error is closed.
            let _ = self.emit(&pending);
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_LINE, line_end};

    #[test]
    fn lines_end_at_a_line_feed_or_at_the_limit() {
        assert_eq!(line_end(b"abc"), None);
        assert_eq!(line_end(b"abc\nd"), Some(4));
        assert_eq!(line_end(&vec![b'x'; MAX_LINE]), Some(MAX_LINE));
        let mut long = vec![b'x'; MAX_LINE + 5];
        long.push(b'\n');
        assert_eq!(line_end(&long), Some(MAX_LINE));
    }
}
