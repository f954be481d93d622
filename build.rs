//! Lets the programs find libtorch when they start, and says early what to do when it is not there.

use std::{env, path::PathBuf, process::exit};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=LIBTORCH");

    let Some(libtorch) = env::var_os("LIBTORCH").map(PathBuf::from) else {
        give_up("LIBTORCH is not set: build inside the checkout, whose .cargo/config.toml sets it");
    };
    let lib = libtorch.join("lib");
    // A path that does not exist makes cargo look again at every build, until setup has laid it.
    println!("cargo:rerun-if-changed={}", lib.join("libtorch.so").display());
    let Ok(real) = lib.canonicalize() else {
        give_up(&format!(
            "no libtorch in {}: run `make setup`",
            libtorch.display()
        ));
    };
    // The real folder outlives the checkout; the link follows when the cache moves.
    for folder in [real, lib] {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}

fn give_up(reason: &str) -> ! {
    eprintln!("{reason}");
    exit(1)
}
