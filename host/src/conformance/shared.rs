//! What every interface promises.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use futures::future::join_all;
use semver::Version;

use super::bindings::types::{Context, Error};
use super::case::{Case, Held, Outcome, cases};
use super::expect::{kind_of, success};
use super::lab::{Lab, Session, context};
use super::stage::{Description, Stage};
use crate::compose::{ImportKind, capability_of};
use crate::manifest::Capability;

/// How many calls are made at the same time.
const AT_ONCE: u32 = 8;
/// How many calls one instance answers before its memory is looked at, and how many after.
const CALLS: u32 = 60;
/// What an instance may take for longer lists and tables of its own, in bytes.
const GROWTH: usize = 2 * 1024 * 1024;
/// How late a stage may be that is told to be at its end.
const LATE: Duration = Duration::from_secs(5);

pub(super) fn cases<S: Stage>() -> Vec<Case<S>> {
    cases![
        imports_only_what_is_granted: "a stage reaches for variables, hosts and stores only where it is granted them",
        describe_names_the_stage: "describe gives a kebab-case name and a semantic version",
        describe_gives_limits: "describe gives limits that let something through",
        describe_is_repeatable: "describe answers the same again, and in another instance",
        unknown_context_is_ignored: "a stage ignores extras it does not know and needs no trace, relationship or token",
        calls_are_repeatable: "the same call gives the same again, and in another instance",
        calls_run_concurrently: "calls in one instance at the same time get each their own answer",
        one_instance_serves_many_calls: "an instance answers call after call and does not take more and more memory",
        an_abandoned_call_harms_no_other: "a call that nobody waits for any more leaves the instance able to work",
        ends_within_the_time_left: "a stage ends with an answer or timed-out when its time is over",
    ]
}

async fn imports_only_what_is_granted<S: Stage>(lab: &Lab<S>) -> Outcome {
    for import in lab.imports() {
        let Some(capability) = capability_of(&import.name) else { continue };
        // A language's standard library asks for these two; a stage that gets neither sees none.
        let is_harmless = matches!(capability, Capability::Environment | Capability::Files);
        if matches!(import.kind, ImportKind::Refused(_)) && !is_harmless {
            bail!(
                "it imports `{}` without a grant; grant it with `inherit_configuration = [\"{}\"]` on its line of the manifest, \
                 or --inherit {1} here, or leave the import out",
                import.name,
                capability.name()
            );
        }
    }
    Ok(Held::Yes)
}

async fn described<S: Stage>(session: &Session<'_, S>) -> Result<Description> {
    success("describe", S::describe(session, context()).await?)
}

async fn describe_names_the_stage<S: Stage>(lab: &Lab<S>) -> Outcome {
    let Description { stage, .. } = lab.with(async |session| described(session).await).await?;
    let is_kebab =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    ensure!(stage.name.split('-').all(is_kebab), "the name {:?} is not lower-case kebab-case", stage.name);
    ensure!(
        Version::parse(&stage.version).is_ok(),
        "the version {:?} is not a semantic version such as 1.0.0",
        stage.version
    );
    Ok(Held::Yes)
}

async fn describe_gives_limits<S: Stage>(lab: &Lab<S>) -> Outcome {
    let Description { limits, .. } = lab.with(async |session| described(session).await).await?;
    match limits.iter().find(|(_, limit)| *limit == 0) {
        Some((name, _)) => bail!("{name} is 0, so no call could be made"),
        None => Ok(Held::Yes),
    }
}

async fn describe_is_repeatable<S: Stage>(lab: &Lab<S>) -> Outcome {
    let (first, again) = lab
        .with(async |session| Ok((described(session).await?.whole, described(session).await?.whole)))
        .await?;
    let elsewhere = lab.with(async |session| Ok(described(session).await?.whole)).await?;
    ensure!(first == again, "describe answers {first}, and then {again}");
    ensure!(first == elsewhere, "describe answers {first}, and in another instance {elsewhere}");
    Ok(Held::Yes)
}

async fn exercised<S: Stage>(session: &Session<'_, S>, n: u32) -> Result<String> {
    success(&format!("call {n}"), S::exercise(session, context(), n).await?)
}

async fn unknown_context_is_ignored<S: Stage>(lab: &Lab<S>) -> Outcome {
    lab.with(async |session| {
        let expected = exercised(session, 0).await?;
        let extras =
            vec![("from-a-later-version".to_owned(), "1".to_owned()), (String::new(), String::new())];
        let bare = Context { traceparent: None, relationship: None, extras, ..context() };
        let strange = Context { traceparent: Some("not a traceparent".to_owned()), ..context() };
        for (what, ctx) in [("unknown extras and nothing else", bare), ("a broken traceparent", strange)] {
            let got = success(&format!("a call with {what}"), S::exercise(session, ctx, 0).await?)?;
            ensure!(got == expected, "a call with {what} answers another thing");
        }
        Ok(Held::Yes)
    })
    .await
}

async fn calls_are_repeatable<S: Stage>(lab: &Lab<S>) -> Outcome {
    let (first, again) =
        lab.with(async |session| Ok((exercised(session, 1).await?, exercised(session, 1).await?))).await?;
    let elsewhere = lab.with(async |session| exercised(session, 1).await).await?;
    ensure!(
        first == again,
        "the same call answers another thing the second time: {}",
        shortened(&first, &again)
    );
    ensure!(
        first == elsewhere,
        "the same call answers another thing in another instance: {}",
        shortened(&first, &elsewhere)
    );
    Ok(Held::Yes)
}

fn shortened(one: &str, other: &str) -> String {
    let short = |text: &str| text.chars().take(80).collect::<String>();
    format!("{} and {}", short(one), short(other))
}

async fn calls_run_concurrently<S: Stage>(lab: &Lab<S>) -> Outcome {
    let mut alone = Vec::new();
    for n in 0..AT_ONCE {
        alone.push(lab.with(async |session| exercised(session, n).await).await?);
    }
    let together = lab
        .with(async |session| {
            let calls = join_all((0..AT_ONCE).map(|n| exercised(session, n))).await;
            calls.into_iter().collect::<Result<Vec<_>>>()
        })
        .await?;
    for (n, (alone, together)) in alone.iter().zip(&together).enumerate() {
        ensure!(
            alone == together,
            "call {n} answers another thing beside {} others: {}",
            AT_ONCE - 1,
            shortened(alone, together)
        );
    }
    Ok(Held::Yes)
}

async fn one_instance_serves_many_calls<S: Stage>(lab: &Lab<S>) -> Outcome {
    lab.with(async |session| {
        for n in 0..CALLS {
            exercised(session, n % AT_ONCE).await?;
        }
        let before = session.memory_bytes();
        for n in 0..CALLS {
            exercised(session, n % AT_ONCE).await?;
        }
        let grown = session.memory_bytes() - before;
        ensure!(
            grown <= GROWTH,
            "after {CALLS} calls, {CALLS} more of the same took another {} kB of memory",
            grown / 1000
        );
        Ok(Held::Yes)
    })
    .await
}

async fn an_abandoned_call_harms_no_other<S: Stage>(lab: &Lab<S>) -> Outcome {
    lab.with(async |session| {
        let expected = exercised(session, 2).await?;
        {
            let mut abandoned = std::pin::pin!(S::exercise(session, context(), 3));
            let _ = futures::poll!(abandoned.as_mut());
        }
        let after = exercised(session, 2).await?;
        ensure!(
            after == expected,
            "after an abandoned call, another answers {}",
            shortened(&expected, &after)
        );
        Ok(Held::Yes)
    })
    .await
}

async fn ends_within_the_time_left<S: Stage>(lab: &Lab<S>) -> Outcome {
    lab.with(async |session| {
        let began = Instant::now();
        let hurried = Context { time_left_ms: 1, ..context() };
        let answer = S::exercise(session, hurried, 4).await?;
        let took = began.elapsed();
        ensure!(took <= LATE, "with 1 ms left, a call took {:.1} s", took.as_secs_f64());
        match answer {
            Ok(_) | Err(Error::TimedOut(_)) => Ok(Held::Yes),
            Err(error) => {
                bail!("with 1 ms left, a call answers `{}` and not `timed-out`", kind_of(&error))
            }
        }
    })
    .await
}
