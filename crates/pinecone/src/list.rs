//! Listing ids by prefix.

use bytes::Bytes;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use upstream::{Call, Error, ErrorKind, Platform};

use crate::VectorIndex;
use crate::check::{self, out_of};
use crate::client::{Ask, json};
use crate::index::Index;

const MAX_IDS: u32 = 1000;
/// Pinecone's own pages.
const MAX_PAGE: usize = 100;
/// Bounds the requests of one call, should Pinecone answer with page after page of nothing.
const MAX_REQUESTS: usize = 30;
/// Longer than any cursor of Pinecone's.
const MAX_CURSOR_BYTES: usize = 4096;
/// All but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One page of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdPage {
    /// In ascending order.
    pub ids: Vec<String>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    vectors: Vec<Listed>,
    pagination: Option<Pagination>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
}

#[derive(Deserialize)]
struct Pagination {
    next: Option<String>,
}

impl<P: Platform> VectorIndex<P> {
    /// The ids that start with `prefix`, at most `limit` (1 to 1,000) a page.
    ///
    /// # Errors
    /// `invalid` for a limit out of bounds or a cursor that Pinecone does not know; and how calls fail.
    pub async fn list(
        &self,
        call: &Call,
        namespace: &str,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<IdPage, Error> {
        check::namespace(namespace)?;
        if !(1..=MAX_IDS).contains(&limit) {
            return Err(out_of("A page has 1 to 1,000 ids.", MAX_IDS as usize, limit as usize));
        }
        if cursor.is_some_and(|cursor| cursor.is_empty() || cursor.len() > MAX_CURSOR_BYTES) {
            return Err(wrong_cursor());
        }
        if !prefix.bytes().all(|b| b.is_ascii_graphic()) {
            // No id has such a character.
            return Ok(IdPage::default());
        }
        let index = self.index(call).await?;
        let mut page = IdPage { ids: Vec::new(), next: cursor.map(str::to_owned) };
        for _ in 0..MAX_REQUESTS {
            let room = limit as usize - page.ids.len();
            let next = page.next.as_deref();
            let answer = self.page(call, &index, namespace, prefix, next, room.min(MAX_PAGE)).await?;
            let Some(Answer { vectors, pagination }) = answer else { return Ok(IdPage::default()) };
            page.ids.extend(vectors.into_iter().map(|vector| vector.id));
            page.next = pagination.and_then(|pagination| pagination.next).filter(|next| !next.is_empty());
            if page.next.is_none() || page.ids.len() >= limit as usize {
                break;
            }
        }
        page.ids.sort_unstable();
        Ok(page)
    }

    async fn page(
        &self,
        call: &Call,
        index: &Index,
        namespace: &str,
        prefix: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Option<Answer>, Error> {
        let mut url = format!("{}/vectors/list?limit={limit}&namespace={}", index.origin, escaped(namespace));
        let parameters =
            [("prefix", Some(prefix).filter(|prefix| !prefix.is_empty())), ("paginationToken", cursor)];
        for (name, value) in parameters {
            if let Some(value) = value {
                url.push_str(&format!("&{name}={}", escaped(value)));
            }
        }
        let variable = self.config().place_variable();
        let ask = Ask { method: Method::GET, url, body: Bytes::new(), variable };
        self.ask(call, ask, json::<Answer>).await.map_err(|error| {
            if error.kind == ErrorKind::Invalid && cursor.is_some() { wrong_cursor() } else { error }
        })
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn wrong_cursor() -> Error {
    Error::invalid("The cursor does not belong to this listing. Start again without one.")
}
