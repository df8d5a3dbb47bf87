//! The command itself, as a user starts it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use http::Method;

use super::support::{App, send};

fn serene() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serene"));
    command.env_remove("SERENE_LISTEN").env_remove("SERENE_STATE_DIR");
    command
}

fn up(app: &App, arguments: &[&str]) -> (Child, String) {
    let options = app.options();
    let mut child = serene()
        .args(["up", "--listen", "127.0.0.1:0", "--from"])
        .arg(app.manifest())
        .arg("--state-dir")
        .arg(options.state_dir.unwrap())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("Serving ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
    (child, url)
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

fn run(arguments: &[&str], dir: &std::path::Path) -> Output {
    serene().args(arguments).current_dir(dir).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn up_says_where_it_serves_finishes_what_is_under_way_and_reports() {
    let app = App::with_stage("", "", "");
    let report = app.dir.path().join("report.json");
    let (mut child, url) = up(&app, &["--report", report.to_str().unwrap()]);
    let slow = tokio::spawn({
        let url = format!("{url}/wait?1500");
        async move { send(Method::GET, &url, "").await }
    });
    while send(Method::GET, &format!("{url}/print?hello"), "").await.status() != 200 {}
    tokio::time::sleep(Duration::from_millis(300)).await;
    signal(&child, "-TERM");
    assert_eq!(slow.await.unwrap().body(), "waited");
    let status = tokio::task::spawn_blocking(move || {
        let status = child.wait().unwrap();
        let mut errors = String::new();
        child.stderr.unwrap().read_to_string(&mut errors).unwrap();
        assert!(errors.contains("[app] hello\n"), "{errors}");
        assert!(errors.contains("peak guest memory: "), "{errors}");
        status
    })
    .await
    .unwrap();
    assert!(status.success(), "{status}");
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!(report["requests"], 2);
    assert!(report["peak_linear_memory_bytes"].as_u64().unwrap() > 0);
}

/// Reads lines of an output up to one that contains this.
fn read_until(lines: &mut impl Iterator<Item = std::io::Result<String>>, text: &str) {
    assert!(lines.any(|line| line.unwrap().contains(text)), "no line contains {text:?}");
}

#[test]
fn ctrl_c_finishes_what_is_under_way_and_a_second_one_does_not_wait_for_it() {
    let app = App::with_stage("", "", "");
    for (wait_ms, second) in [(1500, false), (600_000, true)] {
        let (mut child, url) = up(&app, &["--drain-timeout", "600"]);
        let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
        let client = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
            let head = format!("GET /linger?{wait_ms} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            // Cut off by a reset, or by a plain end.
            let _ = stream.read_to_string(&mut answer);
            answer
        });
        read_until(&mut errors, "[app] lingering");
        signal(&child, "-INT");
        read_until(&mut errors, "Ctrl-C again stops at once");
        if second {
            signal(&child, "-INT");
            read_until(&mut errors, "requests under way");
        }
        assert_eq!(child.wait().unwrap().code(), Some(i32::from(second)));
        assert_eq!(client.join().unwrap().contains("waited"), !second);
    }
}

#[test]
fn errors_say_what_is_missing_and_what_to_do() {
    let app = App::with_manifest(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\n\
         [[trigger.http]]\nroute = \"/...\"\ncomponent = \"app\"\n[component.app]\nsource = \"missing.wasm\"\n",
    );
    let cases: [(&[&str], &[&str]); 4] = [
        (&["up", "--listen", "127.0.0.1:0"], &["missing.wasm", "serene build"]),
        (&["up", "--profile", "clowd"], &["clowd"]),
        (&["up", "--from", "/nowhere/spin.toml"], &["/nowhere/spin.toml", "--from"]),
        (&["test"], &["not in a checkout", "[workspace]"]),
    ];
    for (arguments, words) in cases {
        let output = run(arguments, app.dir.path());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let errors = text(&output.stderr);
        for word in words {
            assert!(errors.contains(word), "{word} is not in: {errors}");
        }
    }
    let elsewhere = tempfile::TempDir::new().unwrap();
    let errors = text(&run(&["build"], elsewhere.path()).stderr);
    assert!(errors.contains("spin.toml") && errors.contains("--from"), "{errors}");
}

#[test]
fn the_manifest_is_found_from_a_folder_below_it() {
    let app = App::with_manifest("spin_manifest_version = 3\n[application]\nname = \"test\"\n");
    let below = app.dir.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    let errors = text(&run(&["build"], &below).stderr);
    assert!(errors.contains("spin_manifest_version"), "{errors}");
}

#[test]
fn help_teaches_with_examples() {
    let output = serene().arg("--help").output().unwrap();
    let help = text(&output.stdout);
    for word in ["serene up --profile cloud", "serene build", "serene test"] {
        assert!(help.contains(word), "{word} is not in: {help}");
    }
}

#[test]
fn build_runs_the_commands_and_shows_what_failed() {
    let app = App::with_manifest(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\n\
         [component.a]\nsource = \"a.wasm\"\nbuild = { command = [\"touch a.wasm\", \"echo built > log\"] }\n\
         [component.b]\nsource = \"b.wasm\"\n\
         [component.b.build]\ncommand = \"echo so it went; exit 3\"\n\
         [component.b.profile.good.build]\ncommand = \"cp a.wasm b.wasm\"\n",
    );
    let failed = run(&["build"], app.dir.path());
    assert_eq!(failed.status.code(), Some(1));
    let errors = text(&failed.stderr);
    assert!(errors.contains("so it went") && errors.contains("exit 3"), "{errors}");
    assert_eq!(std::fs::read_to_string(app.dir.path().join("log")).unwrap(), "built\n");
    assert!(run(&["build", "--profile", "good"], app.dir.path()).status.success());
    assert!(app.dir.path().join("b.wasm").is_file());
}

#[test]
fn build_makes_every_profile_unless_one_is_named_and_the_default_has_the_last_word() {
    let app = App::with_manifest(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\n\
         [component.a]\nsource = \"a.wasm\"\n\
         [component.a.build]\ncommand = [\"echo shared >> log\", \"cp default a.wasm\"]\n\
         [component.a.profile.same.build]\ncommand = [\"echo shared >> log\", \"cp other a.wasm\"]\n\
         [component.a.profile.cloud]\nsource = \"cloud.wasm\"\n\
         [component.a.profile.cloud.build]\ncommand = \"cp other cloud.wasm\"\n",
    );
    app.write("default", "of the default profile");
    app.write("other", "of another profile");
    let made = |name: &str| std::fs::read_to_string(app.dir.path().join(name)).unwrap_or_default();
    assert!(run(&["build", "--profile", "same"], app.dir.path()).status.success());
    assert_eq!((made("a.wasm"), made("cloud.wasm")), ("of another profile".into(), String::new()));
    assert!(run(&["build"], app.dir.path()).status.success());
    assert_eq!(
        (made("a.wasm"), made("cloud.wasm")),
        ("of the default profile".into(), "of another profile".into())
    );
    assert_eq!(made("log").lines().count(), 2, "one command of two profiles is run once");
}

#[test]
fn where_there_is_no_terminal_a_build_says_what_it_does_in_plain_lines_unless_quiet() {
    let app = App::with_manifest(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\n\
         [component.a]\nsource = \"a.wasm\"\nbuild = { command = \"echo compiling && touch a.wasm\" }\n",
    );
    let shown = text(&run(&["build"], app.dir.path()).stderr);
    let [began, wrote, done] = shown.lines().collect::<Vec<_>>()[..] else { panic!("{shown}") };
    assert_eq!((began, wrote), ("  a: echo compiling && touch a.wasm", "compiling"));
    assert!(done.starts_with("  done in ") && done.ends_with(began.trim()), "{done}");
    let quiet = run(&["build", "--quiet"], app.dir.path());
    assert!(quiet.status.success());
    assert_eq!((text(&quiet.stdout), text(&quiet.stderr)), (String::new(), String::new()));
}

#[test]
fn up_builds_only_what_is_missing_or_older_than_its_sources() {
    let app = App::with_manifest(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\n\
         [[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n[component.a]\nsource = \"a.wasm\"\n\
         [component.a.build]\ncommand = \"echo built >> log && cp src/a a.wasm\"\nwatch = [\"src/**\"]\n",
    );
    let dir = app.dir.path();
    std::fs::create_dir(dir.join("src")).unwrap();
    app.write("src/a", "not a component");
    let builds = || std::fs::read_to_string(dir.join("log")).unwrap_or_default().lines().count();
    // What is built here is no component, so serving it fails; whether it was built is the point.
    let up = || assert!(!run(&["up", "--listen", "127.0.0.1:0"], dir).status.success());
    up();
    assert_eq!(builds(), 1);
    up();
    assert_eq!(builds(), 1);
    let later = std::time::SystemTime::now() + Duration::from_secs(60);
    std::fs::File::options().write(true).open(dir.join("src/a")).unwrap().set_modified(later).unwrap();
    up();
    assert_eq!(builds(), 2);
    assert!(!run(&["up", "--no-build", "--listen", "127.0.0.1:0"], dir).status.success());
    assert_eq!(builds(), 2);
}
