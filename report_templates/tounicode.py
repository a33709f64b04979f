"""The table that lets a reader copy text out of the PDF, right for every Unicode plane.

ReportLab writes a code point above U+FFFF as five hexadecimal digits, which readers take for one
or two other characters. Many hamlets, rivers and people have such a character in their name.
"""

from __future__ import annotations

from typing import Any

from reportlab.pdfbase import ttfonts

BLOCK = 100  # entries a bfchar section may hold (Adobe Technical Note 5411)

_PROBE = [32, 0x4E00, 0x2C488]
_UPSTREAM = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo
<< /Registry (Probe)
/Ordering (Probe)
/Supplement 0
>> def
/CMapName /Probe def
/CMapType 2 def
1 begincodespacerange
<00> <02>
endcodespacerange
3 beginbfchar
<00> <0020>
<01> <4E00>
<02> <2C488>
endbfchar
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


class UpstreamChanged(RuntimeError):
    """ReportLab no longer writes the table this module replaces; look before replacing it."""


def to_unicode_cmap(fontname: str, subset: Any) -> str:
    """Return the ToUnicode CMap of a font subset, a list of the code points of its byte codes."""
    entries = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be').hex().upper()}>"
        for code, point in enumerate(subset)
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo",
        f"<< /Registry ({fontname})",
        f"/Ordering ({fontname})",
        "/Supplement 0",
        ">> def",
        f"/CMapName /{fontname} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        f"<00> <{len(subset) - 1:02X}>",
        "endcodespacerange",
    ]
    for start in range(0, len(entries), BLOCK):
        block = entries[start : start + BLOCK]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines)


def install() -> None:
    """Put our table in the place of ReportLab's; refuse when that is not the one we know."""
    current = ttfonts.makeToUnicodeCMap
    if current is to_unicode_cmap:
        return
    if current("Probe", _PROBE) != _UPSTREAM:
        raise UpstreamChanged(
            "ReportLab's makeToUnicodeCMap writes another table than the one known here; "
            "compare it with report_templates/tounicode.py"
        )
    ttfonts.makeToUnicodeCMap = to_unicode_cmap
