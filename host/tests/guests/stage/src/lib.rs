//! A stage that tells what it can reach.

#[path = "../../probe.rs"]
mod probe;

wit_bindgen::generate!({ path: "../wit", world: "test:stage/stage-component", generate_all });

struct Stage;

impl exports::test::stage::stage::Guest for Stage {
    async fn ask(question: String, argument: String) -> String {
        probe::ask(&question, &argument).await
    }
}

export!(Stage);
