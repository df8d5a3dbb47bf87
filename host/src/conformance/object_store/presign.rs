//! Signed URLs.

use anyhow::ensure;

use super::{ObjectStore, store};
use crate::conformance::bindings::object_store::exports::serene::object_store::object_store::SignedMethod;
use crate::conformance::case::{Case, Held, Outcome, cases};
use crate::conformance::expect::{is_about_now, refusal, success};
use crate::conformance::lab::Lab;

pub(super) fn cases() -> Vec<Case<ObjectStore>> {
    cases![
        signed_urls_have_their_limits: "a signed URL lives 1 to max-signed-url-seconds, for any key",
        signed_urls_are_redeemed_for_what_they_grant: "a URL of the store's own grants its method on its key, and no changed one does",
    ]
}

async fn signed_urls_have_their_limits(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("signed"));
        let longest = store.info().await?.max_signed_url_seconds;
        for seconds in [1, longest] {
            let signed = success("presign", store.presign(SignedMethod::Get, &key, seconds).await?)?;
            ensure!(
                signed.url.starts_with('/') || signed.url.starts_with("http"),
                "a signed URL is neither absolute nor a path"
            );
            ensure!(
                is_about_now(signed.expires_ms, seconds),
                "a URL signed for {seconds} seconds expires {} ms after 1970, which is another time",
                signed.expires_ms
            );
        }
        for seconds in [0, longest.saturating_add(1)] {
            let call = format!("presign for {seconds} seconds");
            if seconds == 0 || seconds > longest {
                refusal(&call, store.presign(SignedMethod::Get, &key, seconds).await?, "invalid")?;
            }
        }
        Ok(Held::Yes)
    })
    .await
}

async fn signed_urls_are_redeemed_for_what_they_grant(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("redeemed"));
        let signed = success("presign", store.presign(SignedMethod::Get, &key, 60).await?)?;
        let url = signed.url.as_str();
        if !url.starts_with('/') {
            return refusal(
                "redeem of another server's URL",
                store.redeem(SignedMethod::Get, "/x?y=z").await?,
                "not-found",
            );
        }
        let granted = success("redeem", store.redeem(SignedMethod::Get, url).await?)?;
        ensure!(granted == key, "a URL for {key:?} is redeemed for {granted:?}");
        refusal("redeem for another method", store.redeem(SignedMethod::Put, url).await?, "denied")?;
        for place in (url.len() * 2 / 3..url.len()).step_by(5) {
            let mut changed = url.as_bytes().to_vec();
            changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8_lossy(&changed).into_owned();
            ensure!(
                store.redeem(SignedMethod::Get, &changed).await?.is_err(),
                "a URL that was changed in place {place} of {} is redeemed",
                url.len()
            );
        }
        Ok(Held::Yes)
    })
    .await
}
