//! Every target over its seeds, and over mutations of them: what libFuzzer does for minutes, here for a moment and on stable Rust.

use std::path::{Path, PathBuf};

use fuzzing::{TARGETS, Target};

/// Mutations of each target's seeds, in all.
const MUTATIONS: usize = 3000;

fn seeds_of(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("a seed can be read")).collect()
}

/// Numbers that look random and are the same each time (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// A seed with a few changes: bytes that are others, gone, new, twice, or from another seed.
    fn mutate(&mut self, seed: &[u8], other: &[u8]) -> Vec<u8> {
        const TELLING: &[u8] = b"\0\n\r\"'/\\%.:;,-_=&?#@[]{}<>()*+ \x7f\xff\xc2\x85";
        let mut data = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(data.len() + 1);
            let end = (at + 1 + self.below(16)).min(data.len());
            match self.below(6) {
                0 if at < data.len() => data[at] ^= 1 << self.below(8),
                1 => data.insert(at, TELLING[self.below(TELLING.len())]),
                2 if at < end => drop(data.drain(at..end)),
                3 if at < end => {
                    let part = data[at..end].to_vec();
                    let to = self.below(data.len() + 1);
                    data.splice(to..to, part);
                }
                4 => data.truncate(at),
                _ => {
                    let from = self.below(other.len() + 1);
                    let part = &other[from..(from + self.below(32)).min(other.len())];
                    data.splice(at..at, part.iter().copied());
                }
            }
        }
        data
    }
}

fn run(name: &str, target: Target) {
    let seeds = seeds_of(name);
    assert!(seeds.len() > 1, "{name} has too few seeds");
    let mut numbers = Numbers(0x5eed);
    target(&[]);
    seeds.iter().for_each(|seed| target(seed));
    for _ in 0..MUTATIONS {
        let (seed, other) = (numbers.below(seeds.len()), numbers.below(seeds.len()));
        let data = numbers.mutate(&seeds[seed], &seeds[other]);
        let result = std::panic::catch_unwind(|| target(&data));
        assert!(result.is_ok(), "{name} with {:?}", String::from_utf8_lossy(&data));
    }
}

#[test]
fn every_target_holds_over_its_seeds_and_what_comes_near_them() {
    for (name, target) in TARGETS {
        run(name, target);
    }
}

#[test]
fn every_target_has_a_binary_for_the_fuzzer() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).expect("fuzz/Cargo.toml");
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let source =
            std::fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).expect("its source");
        assert!(source.contains(&format!("fuzzing::{name}(data)")), "{name}");
    }
}
