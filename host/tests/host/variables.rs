//! Values from the manifest, the env file and templates.

use super::support::{App, get};

const TABLES: &str = "[component.app.variables]\nplain = \"fixed\"\nurl = \"https://{{ host }}/{{ path }}\"\n\
                      [variables]\nhost = { default = \"localhost\" }\npath = { default = \"v1\" }\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_component_sees_its_own_variables_with_their_values() {
    let app = App::with_stage("", "", TABLES);
    app.write(".env", "SPIN_VARIABLE_HOST=example.com\nOTHER=1\n");
    let running = app.start().await;
    assert_eq!(get(&running, "/variable?url").await, "Ok(\"https://example.com/v1\")");
    assert_eq!(get(&running, "/variable?plain").await, "Ok(\"fixed\")");
    // Variables of the application are no variables of the component.
    assert!(get(&running, "/variable?host").await.starts_with("Err(Error::Undefined("));
    assert!(get(&running, "/variable?Not-A-Name").await.starts_with("Err(Error::InvalidName("));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_env_file_can_be_named_and_must_then_be_there() {
    let app = App::with_stage("", "", TABLES);
    app.write("cloud.env", "SPIN_VARIABLE_PATH=v2\n");
    let mut options = app.options();
    options.env_file = Some(app.dir.path().join("cloud.env"));
    let running = serene::Host::start(options.clone()).await.unwrap();
    assert_eq!(get(&running, "/variable?url").await, "Ok(\"https://localhost/v2\")");
    options.env_file = Some(app.dir.path().join("missing.env"));
    let error = serene::Host::start(options).await.err().unwrap();
    assert!(format!("{error:#}").contains("missing.env"));
}

#[tokio::test(flavor = "multi_thread")]
async fn required_variables_without_value_are_all_named_with_what_to_set() {
    let tables = "[variables]\napi_key = { required = true, secret = true }\nregion = { required = true }\n";
    let error = App::with_stage("", "", tables).start_error().await;
    for word in ["`api_key`", "SPIN_VARIABLE_API_KEY", "`region`", "SPIN_VARIABLE_REGION"] {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_env_file_is_an_error_that_keeps_its_secret() {
    let app = App::with_stage("", "", "");
    app.write(".env", "SPIN_VARIABLE_A=1\nno assignment: hunter2\n");
    let error = app.start_error().await;
    assert!(error.contains(".env") && error.contains('2'), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}
