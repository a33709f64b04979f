"""Sentences about registers and frames: faults refuse, warnings are kept in the manifest."""

TEXTS: dict[str, tuple[str, str]] = {
    # the whole
    "frame.refused": ("错误{count}处，首先是 {first_zh}", "faults: {count}, first {first_en}"),
    "frame.more": ("另有{count}处错误未列出", "and {count} more"),
    "frame.more_warnings": ("另有{count}处提醒未列出", "and {count} more"),
    "frame.warning": ("提醒：{zh}", "warning: {en}"),
    "frame.stage_reading": ("读取 {file}", "reading {file}"),
    "frame.stage_checking": ("核对", "checking"),
    "frame.stage_writing": ("写入", "writing"),
    "frame.done": (
        "已冻结抽样框 {folder}：{counties}个县，{villages}个村，{households}户"
        "（脱贫{e}，未脱贫{p}，一般{n}），提醒{warnings}处",
        "frame frozen in {folder}: counties {counties}, villages {villages}, households "
        "{households} (exited {e}, registered {p}, other {n}), warnings {warnings}",
    ),
    "frame.simulated": ("模拟数据", "simulated data"),
    "frame.hash": ("抽样框 SHA-256：{sha256}", "frame SHA-256: {sha256}"),
    # files
    "frame.missing_file": ("找不到文件", "no such file"),
    "frame.unreadable": (
        "系统不允许读取（{reason}）",
        "the system does not let us read it ({reason})",
    ),
    "frame.is_folder": ("这是文件夹，不是文件", "this is a folder, not a file"),
    "frame.empty_file": ("文件是空的", "the file is empty"),
    "frame.no_rows": ("只有表头，没有数据", "a header, but no rows"),
    "frame.utf16": (
        "编码为UTF-16或并非文本；请另存为UTF-8的CSV",
        "UTF-16, or not text at all; save it as CSV in UTF-8",
    ),
    "frame.nul": ("含有空字符（NUL）", "holds a NUL character"),
    "frame.undecodable": (
        "按{encoding}无法解码：字节{byte}，位于第{offset}字节",
        "cannot be read as {encoding}: byte {byte} at offset {offset}",
    ),
    "frame.lost_character": (
        "含有替换符U+FFFD：文字在先前转码时已丢失",
        "holds U+FFFD: a character was lost in an earlier conversion",
    ),
    "frame.separator": (
        "以“{separator}”分隔；请用逗号分隔",
        'separated by "{separator}"; use commas',
    ),
    "frame.unclosed_quote": ("双引号没有闭合", "a quotation mark is never closed"),
    "frame.stray_quote": (
        "双引号之后还有文字，引号须成对",
        "text after a closing quotation mark; quotes must come in pairs",
    ),
    "frame.row_short": (
        "此行只有{found}格，应有{expected}格",
        "the row has {found} cells, {expected} expected",
    ),
    "frame.row_long": (
        "此行有{found}格，应有{expected}格",
        "the row has {found} cells, {expected} expected",
    ),
    "frame.old_spreadsheet": (
        "旧版.xls或加密的工作簿；请另存为未加密的.xlsx",
        "an old .xls or an encrypted workbook; save it as .xlsx without a password",
    ),
    "frame.damaged_spreadsheet": (
        "无法作为XLSX读取，文件损坏或并非XLSX",
        "cannot be read as XLSX: damaged, or something else",
    ),
    "frame.not_spreadsheet": (
        "是压缩包，但不是XLSX工作簿",
        "an archive, but not an XLSX workbook",
    ),
    "frame.swollen": (
        "解压后为{megabytes} MB，大得不合情理，未打开",
        "would unpack to {megabytes} MB, beyond all reason; not opened",
    ),
    "frame.more_sheets": (
        "只读取了第一张工作表“{read}”，另有{others}张未读",
        'only the first sheet "{read}" was read, {others} more were not',
    ),
    "frame.damaged_parquet": (
        "无法作为Parquet读取，文件损坏或并非Parquet",
        "cannot be read as Parquet: damaged, or something else",
    ),
    "frame.wrong_type": (
        "类型为{found}，应为{wanted}",
        "type {found}, {wanted} expected",
    ),
    # headers
    "frame.missing_column": ("缺少此列；可用表头：{headers}", "missing column; headers: {headers}"),
    "frame.empty_header": ("第{place}列没有表头", "column {place} has no header"),
    "frame.repeated_header": (
        "与“{first}”列重复",
        'means the same as column "{first}"',
    ),
    # cells
    "frame.empty_cell": ("不能为空", "must not be empty"),
    "frame.duplicate": ("与第{first}行重复", "repeats row {first}"),
    "frame.formula": (
        "单元格{cell}是公式；请粘贴为数值",
        "cell {cell} is a formula; paste it as a value",
    ),
    "frame.error_cell": (
        "单元格{cell}是错误值{value}",
        "cell {cell} is the error {value}",
    ),
    "frame.rounded": (
        "单元格{cell}的编码以数字存放，超过15位的部分已丢失；请以文本存放",
        "cell {cell} keeps a code as a number, digits beyond 15 are lost; keep it as text",
    ),
    "frame.formula_text": (
        "“{value}”是公式文字，请填数值",
        '"{value}" is the text of a formula; give its value',
    ),
    "frame.error_text": (
        "“{value}”是电子表格的错误值",
        '"{value}" is an error of a spreadsheet',
    ),
    "frame.scientific": (
        "“{value}”成了科学计数，末位已丢失；请以文本存放",
        '"{value}" became scientific notation and lost digits; keep it as text',
    ),
    "frame.date": ("“{value}”是日期", '"{value}" is a date'),
    "frame.full_width": (
        "“{value}”含全角数字，请用半角0-9",
        '"{value}" has full-width digits; use plain 0-9',
    ),
    "frame.id_long": (
        "编码有{length}个字符，最多40个：“{value}”",
        'the code has {length} characters, at most 40 allowed: "{value}"',
    ),
    "frame.invisible": (
        "含有不可见字符{mark}",
        "holds the invisible character {mark}",
    ),
    "frame.spaces": ("“{value}”前后有空格", '"{value}" has spaces around it'),
    "frame.not_nfc": (
        "“{value}”不是Unicode规范形式NFC",
        '"{value}" is not in Unicode normal form NFC',
    ),
    "frame.not_code": ("“{value}”不能作编码", '"{value}" cannot be a code'),
    "frame.code_short": (
        "“{value}”只有{found}位数字，应为{digits}位；前导零可能丢失",
        '"{value}" has {found} digits, {digits} expected; a leading zero may be lost',
    ),
    "frame.code_long": (
        "“{value}”有{found}位数字，应为{digits}位",
        '"{value}" has {found} digits, {digits} expected',
    ),
    "frame.code_decimal": (
        "“{value}”是带小数的数字；编码请以文本存放",
        '"{value}" is a number with decimals; keep codes as text',
    ),
    "frame.code_not_digits": (
        "“{value}”不是{digits}位数字代码",
        '"{value}" is not a code of {digits} digits',
    ),
    "frame.text_long": (
        "文字有{length}个字符，最多{limit}个",
        "{length} characters, at most {limit} allowed",
    ),
    "frame.not_text": ("“{value}”不能用", '"{value}" cannot be used'),
    "frame.negative": ("{value}是负数", "{value} is negative"),
    "frame.zero": ("不能为0", "must not be 0"),
    "frame.out_of_limits": (
        "{value}超出合理范围{low}–{high}",
        "{value} is outside {low} to {high}",
    ),
    "frame.number_long": (
        "数字有{digits}位，不合情理：{value}",
        "a number of {digits} digits is beyond reason: {value}",
    ),
    "frame.not_whole": ("“{value}”不是整数", '"{value}" is not a whole number'),
    "frame.not_number": ("“{value}”不是数字", '"{value}" is not a number'),
    "frame.not_month": (
        "“{value}”不是YYYY-MM形式的年月",
        '"{value}" is not a month like 1978-05',
    ),
    "frame.not_word": (
        "“{value}”不在可用值之内：{words}",
        '"{value}" is not one of: {words}',
    ),
    # rows against each other
    "frame.county_of_village": (
        "村代码{village}不属于县{county}",
        "village code {village} does not belong to county {county}",
    ),
    "frame.town_of_village": (
        "村代码{village}不属于乡镇{town}",
        "village code {village} does not belong to township {town}",
    ),
    "frame.persons_without_households": (
        "有{persons}人却没有户",
        "{persons} persons but no household",
    ),
    "frame.households_without_persons": (
        "{households}户只有{persons}人",
        "{households} households but {persons} persons",
    ),
    "frame.unknown_village": (
        "村代码{village}不在村名册中",
        "village {village} is not in the village file",
    ),
    "frame.exit_year_missing": ("脱贫户须有脱贫年度", "an exited household needs its exit year"),
    "frame.exit_before_registration": (
        "脱贫年度{exit}早于识别年度{registered}",
        "exit year {exit} is before registration in {registered}",
    ),
    "frame.listed_id": (
        "此写法只用于到村列出的一般户",
        "codes of this form are given to households of class N when a village is listed",
    ),
    "frame.unknown_household": ("此户不在户名册中", "this household is not in the household file"),
    "frame.county_without_totals": (
        "缺少县{county}的总数",
        "no totals for county {county}",
    ),
    "frame.rural_not_sum": (
        "农村人口{rural}不等于三类人口之和{total}",
        "{rural} rural persons, but the three classes add up to {total}",
    ),
    "frame.simulated_mixed": (
        "模拟与真实数据不能混在一个名册中",
        "simulated and real counties cannot share a register",
    ),
    # warnings
    "frame.personal_column": (
        "此列像是个人信息，将原样留在抽样框中",
        "looks like personal data and will stay in the frame as it is",
    ),
    "frame.rounded_ids": (
        "编码第15位之后全是0，可能曾被电子表格取整",
        "all codes end in zeros after 15 digits; a spreadsheet may have rounded them",
    ),
    "frame.large_household": ("{persons}口之家，请核实", "{persons} persons in a household; check"),
    "frame.odd_year": (
        "年度{year}不在建档立卡年代（2013–2021）",
        "year {year} is outside the years of registration (2013 to 2021)",
    ),
    "frame.exit_year_unexpected": (
        "{household_class}类户填了脱贫年度{year}",
        "a household of class {household_class} has an exit year, {year}",
    ),
    "frame.village_counts_differ": (
        "村{village}的{household_class}类：村名册{declared}户，户名册{listed}户",
        "village {village}, class {household_class}: {declared} households in the village file, "
        "{listed} in the household file",
    ),
    "frame.village_persons_differ": (
        "村{village}的{household_class}类：村名册{declared}人，户名册{listed}人",
        "village {village}, class {household_class}: {declared} persons in the village file, "
        "{listed} in the household file",
    ),
    "frame.totals_differ": (
        "县{county}的{household_class}类：总数{declared}人，各户合计{listed}人",
        "county {county}, class {household_class}: {declared} persons in the totals, "
        "{listed} in the households",
    ),
    "frame.totals_differ_villages": (
        "县{county}的{household_class}类：总数{declared}人，各村合计{listed}人",
        "county {county}, class {household_class}: {declared} persons in the totals, "
        "{listed} in the villages",
    ),
    "frame.totals_unused": (
        "县{county}没有村，其总数未用",
        "county {county} has no village; its totals are left out",
    ),
    "frame.village_empty": ("村里一户也没有", "a village without households"),
    "frame.odd_age": (
        "出生年月{month}，到{year}年应有{age}岁，请核实",
        "born {month}, {age} years old by {year}; check",
    ),
    "frame.born_late": (
        "出生年月{month}晚于名册的最后年度{year}",
        "born {month}, after the last year of the register, {year}",
    ),
    "frame.members_differ": (
        "户{household}：人口数{declared}，成员表{listed}人",
        "household {household}: {declared} persons, {listed} in the member file",
    ),
    # frozen frames
    "frame.no_manifest": ("没有 manifest.json，不是抽样框", "no manifest.json: not a frame"),
    "frame.bad_manifest": ("manifest.json 无法读取", "manifest.json cannot be read"),
    "frame.changed": (
        "内容与清单不符（SHA-256 {found}，应为 {expected}）",
        "differs from the manifest (SHA-256 {found}, {expected} expected)",
    ),
    "frame.gone": ("清单所列文件不见了", "named in the manifest, but not there"),
    "frame.stranger": ("清单中没有此文件", "not named in the manifest"),
    "frame.manifest_changed": (
        "清单中的总哈希与各文件不符",
        "the hashes in the manifest do not add up",
    ),
    "frame.no_county": ("抽样框中没有县{county}", "county {county} is not in the frame"),
}
