//! What `serene stage check` says, in which form, and its exit code.

use std::process::Command;

use super::{WRONG, wrong};

#[test]
fn the_command_says_what_it_found_in_three_forms_and_by_its_exit_code() {
    let app = wrong("transformer", None);
    app.write("fault.env", "SPIN_VARIABLE_FAULT=drops-a-text\n");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serene"));
        command.args(["stage", "check", WRONG]).args(arguments);
        let output = command.current_dir(app.dir.path()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, table, _) = run(&["--case", "as-many-texts-come-back"]);
    assert_eq!(code, Some(0), "{table}");
    let faulty =
        ["--env-file", "fault.env", "--case", "as-many-texts-come-back", "--case", "every-kind-is-taken"];
    let (code, table, _) = run(&faulty);
    assert_eq!(code, Some(1));
    assert!(
        table.contains("FAIL as-many-texts-come-back") && table.contains("1 texts went in, and 0 came back"),
        "{table}"
    );
    let (code, json, _) = run(&[&faulty[..], &["--format", "json"]].concat());
    assert_eq!(code, Some(1));
    let reports: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(reports[0]["interface"], "serene:transformer/transformer@0.2.0");
    assert_eq!(reports[0]["cases"][0]["verdict"], "failed");
    let (code, xml, _) = run(&[&faulty[..], &["--format", "junit"]].concat());
    assert_eq!(code, Some(1));
    assert!(xml.contains("tests=\"2\" failures=\"2\""), "{xml}");
    let (code, _, errors) = run(&["--case", "nonsense"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("`nonsense`") && errors.contains("unicode-passes"), "{errors}");
    let (code, _, errors) = run(&["--interface", "embedder"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("it is a transformer"), "{errors}");
}
