"""Make src/engine/verdict/generated/confusables.ts from Unicode's data (UTS #39 confusables.txt).

The data is asked of ICU (Debian: libicu72), which carries it compiled: the skeleton of every code point.
Kept are those whose skeleton, without marks, is plain ASCII or another letter; what compatibility
decomposition (NFKD) brings about by itself is left out. The answer is grouped by what a sign looks like.

    python3 scripts/take-confusables.py
"""
import ctypes
import ctypes.util
import pathlib
import re
import unicodedata

library = ctypes.util.find_library("icui18n")
common = ctypes.util.find_library("icuuc")
version = re.search(r"\.so\.(\d+)", library).group(1)
icu = ctypes.CDLL(library)
uc = ctypes.CDLL(common)


def call(name, dll=icu):
    return getattr(dll, f"{name}_{version}")


status = ctypes.c_int(0)
opened = call("uspoof_open")
opened.restype = ctypes.c_void_p
checker = ctypes.c_void_p(opened(ctypes.byref(status)))
assert status.value <= 0, status.value
octets = (ctypes.c_uint8 * 4)()
call("u_getUnicodeVersion", uc)(octets)
unicode_version = f"{octets[0]}.{octets[1]}"


def skeleton(text):
    source = text.encode("utf-8")
    room = ctypes.create_string_buffer(400)
    code = ctypes.c_int(0)
    length = call("uspoof_getSkeletonUTF8")(checker, 0, source, len(source), room, 400, ctypes.byref(code))
    return room.raw[:length].decode("utf-8") if code.value <= 0 else None


def plain(text):
    letters = (one for one in unicodedata.normalize("NFKD", text) if unicodedata.category(one)[0] != "M")
    return "".join(letters).lower()


groups = {}
for point in range(0x80, 0x110000):
    sign = chr(point)
    if unicodedata.category(sign) in ("Cn", "Cs", "Co", "Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"):
        continue
    # Thousands of ideographs and syllables look like one another; whoever reads them knows better than a table.
    if unicodedata.east_asian_width(sign) == "W":
        continue
    # Addresses are compared in lower case, so capitals are looked up as their small letters are.
    if sign.lower() != sign or unicodedata.normalize("NFKD", sign) != sign:
        continue
    looks = skeleton(sign)
    if looks is None:
        continue
    looks = plain(looks)
    if looks in ("", sign) or len(looks) > 3 or not all(one.isalnum() or one in "-._'" for one in looks):
        continue
    groups.setdefault(looks, []).append(sign)

def escaped(text):
    # A letter of a script that is written from right to left would turn the line.
    return re.sub(r"[^\x00-\x7f]", lambda match: f"\\u{{{ord(match.group()):x}}}", text)


# Several groups a line: nobody reads them.
lines = [""]
for looks, signs in sorted(groups.items()):
    group = f'"{escaped(looks)}": "{escaped("".join(signs))}",'
    if len(lines[-1]) + len(group) > 118:
        lines.append("")
    lines[-1] += f" {group}" if lines[-1] else f"  {group}"
text = "\n".join(lines)
target = pathlib.Path("src/engine/verdict/generated/confusables.ts")
target.parent.mkdir(exist_ok=True)
target.write_text(
    f"/** Made by scripts/take-confusables.py from Unicode {unicode_version} (UTS #39), by ICU {version}. Do not edit. */\n"
    f'export const unicodeVersion = "{unicode_version}";\n\n'
    "/** what it looks like → the signs that do */\n"
    "export const lookAlikes: Readonly<Record<string, string>> = {\n" + text + "\n};\n"
)
print(f"{sum(map(len, groups.values()))} signs, {len(groups)} groups, {target.stat().st_size} octets")
