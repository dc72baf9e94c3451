"""Makes the files that the packages leave out: two that sherpa-onnx needs, and a rank table.

  derive_models.py moonshine TOKENIZER_BIN TOKENS_TXT
  derive_models.py piper VOICE_ONNX VOICE_JSON OUT_ONNX TOKENS_TXT
  derive_models.py claude TOKENIZER_JSON RANKS
"""

import base64
import json
import shutil
import sys


def moonshine(tokenizer, tokens):
    """Writes "base64(bytes) index" a line. An entry is a length (one byte, or two from 128 on), then its bytes."""
    with open(tokenizer, "rb") as file:
        data = file.read()
    with open(tokens, "w", encoding="ascii", newline="\n") as out:
        position = index = 0
        while position < len(data):
            length = data[position]
            position += 1
            if length >= 128:
                length += data[position] * 128 - 128
                position += 1
            piece = data[position : position + length]
            position += length
            out.write(f"{base64.b64encode(piece).decode()} {index}\n")
            index += 1


def piper(voice, description, out_voice, tokens):
    """Appends the metadata that sherpa-onnx asks for; protobuf allows it: field 14, a message of key (1) and value (2)."""
    metadata = {
        "model_type": "vits",
        "comment": "piper",
        "language": "English",
        "voice": "en-us",
        "has_espeak": "1",
        "n_speakers": "1",
        "sample_rate": "22050",
    }

    def field(tag, payload):
        return bytes([tag << 3 | 2, len(payload)]) + payload

    shutil.copyfile(voice, out_voice)
    with open(out_voice, "ab") as out:
        for key, value in metadata.items():
            out.write(field(14, field(1, key.encode()) + field(2, value.encode())))
    with open(description, encoding="utf-8") as file:
        ids = json.load(file)["phoneme_id_map"]
    with open(tokens, "w", encoding="utf-8", newline="\n") as out:
        for symbol, numbers in ids.items():
            out.write(f"{symbol} {numbers[0]}\n")


def claude(tokenizer, ranks):
    """Writes "base64(bytes) rank" a line. The JSON spells each byte as a printable character: itself where it
    is one, else the next from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    byte_of = {chr(byte): byte for byte in printable}
    byte_of.update({chr(0x100 + i): byte for i, byte in enumerate(b for b in range(256) if b not in printable)})
    with open(tokenizer, encoding="utf-8") as file:
        content = json.load(file)
    special = {token["content"] for token in content["added_tokens"]}
    with open(ranks, "w", encoding="ascii", newline="\n") as out:
        for token, rank in sorted(content["model"]["vocab"].items(), key=lambda item: item[1]):
            if token in special:
                continue
            piece = bytes(byte_of[character] for character in token)
            out.write(f"{base64.b64encode(piece).decode()} {rank}\n")


if __name__ == "__main__":
    {"moonshine": moonshine, "piper": piper, "claude": claude}[sys.argv[1]](*sys.argv[2:])
