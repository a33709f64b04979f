"""Sentences about drawing a sample and drawing it again."""

TEXTS: dict[str, tuple[str, str]] = {
    "draw.unit_id": (
        "{where} 的编号无效：{reason}",
        "an identifier of {where} is not valid: {reason}",
    ),
    "draw.class": (
        "花名册中的户类只能是 E、P、N：{value}",
        "the class of a household on a roster must be E, P or N: {value}",
    ),
    "draw.roster_village": (
        "花名册属于村 {found}，应为村 {expected}",
        "the roster belongs to village {found}, not to {expected}",
    ),
    "draw.column_missing": ("{what} 缺少列 {column}", "{what} lacks the column {column}"),
    "draw.column_own": (
        "列名 {column} 为抽样程序所用，不能随样本带出；请在名册中改名",
        "the draw uses the column name {column} itself; rename that column of the register",
    ),
    "draw.place_twice": (
        "{where} 出现两次，每个村（或村 × 户类）只能有一行",
        "{where} stands there twice; a village, or village × class, has one row",
    ),
    "draw.cell_differs": (
        "单元 {cell} 的 seed、n、size 各行不一致",
        "the rows of cell {cell} differ in seed, n or size",
    ),
    "draw.cell_size": (
        "单元 {cell} 有 {size} 户，不能抽 {n} 户",
        "cell {cell} has {size} households, {n} cannot be drawn",
    ),
    "draw.other_size": (
        "单元 {cell} 在名册中有 {found} 户，而给出的是 {expected} 户；请按同一名册重新统计",
        "the register has {found} households in cell {cell}, {expected} were stated; count them "
        "again in this register",
    ),
    "draw.no_stratum": (
        "村名册中没有层 {stratum}",
        "no village of the frame lies in stratum {stratum}",
    ),
    "draw.out": (
        "请用 --out 给出样本文件夹（或用 --emit-sql 只输出 SQL）",
        "name the folder of the sample by --out (or print the query only, by --emit-sql)",
    ),
    "draw.no_register": (
        "请给出 --frame，或用 --households 给出户名册",
        "give --frame, or the household register by --households",
    ),
    "draw.other_counts": (
        "{count}个村 × 户类的户数与方案所用村名册不同，例如 {village_code} {household_class} 类："
        "户名册 {counted}，村名册 {stated}；入样概率按户名册计算",
        "{count} village × classes have other counts than the village frame of the plan, such as "
        "{village_code} class {household_class}: {counted} in the register, {stated} in the "
        "village frame; probabilities follow the register",
    ),
    "draw.engine": (
        "{engine} 无法读取户名册：{reason}",
        "{engine} cannot read the household register: {reason}",
    ),
    "draw.no_java": (
        "Spark 需要 Java 17 或更高版本（PATH 中的 java 或 JAVA_HOME）",
        "Spark needs Java 17 or newer (java on the PATH, or JAVA_HOME)",
    ),
    "draw.roster_missing": (
        "找不到村 {village_code} 的花名册：{folder}",
        "no roster of village {village_code} in {folder}",
    ),
    "draw.seed_choice": (
        "请给出 --seed，或同时给出 --secret 与 --public-value",
        "give --seed, or --secret together with --public-value",
    ),
    "draw.seed_text": ("种子无效：{reason}", "the seed is not valid: {reason}"),
    "draw.commitment": (
        "密钥的哈希与方案公布的承诺不符：{found}，应为 {expected}",
        "the hash of the secret is not the commitment in the plan: {found}, expected {expected}",
    ),
    "draw.frame_changed": (
        "{file} 的哈希与方案所记不符：{found}，应为 {expected}",
        "{file} does not match the hash in the plan: {found}, expected {expected}",
    ),
    "draw.frame.value": (
        "抽样框与方案所用的不同：{file} 第{row}行“{column}”列为 {found}，方案为 {expected}",
        "the frame is not the one the plan was made for: {file} row {row} column {column} is "
        "{found}, in the plan {expected}",
    ),
    "draw.frame.missing": (
        "抽样框与方案所用的不同：{file} 缺少村 {unit}",
        "the frame is not the one the plan was made for: {file} lacks village {unit}",
    ),
    "draw.frame.extra": (
        "抽样框与方案所用的不同：{file} 第{row}行多出村 {unit}",
        "the frame is not the one the plan was made for: {file} row {row} adds village {unit}",
    ),
    "draw.frame.column": (
        "抽样框与方案所用的不同：{file} 缺少列 {column}",
        "the frame is not the one the plan was made for: {file} lacks the column {column}",
    ),
    "draw.sample_file": (
        "{file} 无法读取：{reason}",
        "{file} cannot be read: {reason}",
    ),
    "draw.written": (
        "样本已写入 {path}：{villages}个村，{households}户（另备用 {reserve_villages}个村、"
        "{reserve_households}户），指纹 {fingerprint}",
        "sample written to {path}: {villages} villages, {households} households (in reserve "
        "{reserve_villages} and {reserve_households}), fingerprint {fingerprint}",
    ),
    "draw.show_seed": ("活动种子 {seed}", "campaign seed {seed}"),
    "draw.verified": (
        "抽样框、方案、抽签号和入样概率均已重算，完全一致：{villages}个村，{households}户，"
        "指纹 {fingerprint}",
        "frame, plan, tickets and probabilities were recomputed and are equal: {villages} "
        "villages, {households} households, fingerprint {fingerprint}",
    ),
    "draw.verified_outside": (
        "方案、抽签号和入样概率均已重算，完全一致：{villages}个村，{households}户，"
        "指纹 {fingerprint}；户名册来自抽样框之外，未与方案所冻结的名册核对",
        "plan, tickets and probabilities were recomputed and are equal: {villages} villages, "
        "{households} households, fingerprint {fingerprint}; the households come from outside a "
        "frame and were not held against the register frozen in the plan",
    ),
    "draw.seed_uncommitted": (
        "方案已公布种子承诺：请用 --secret 与 --public-value，种子本身不能证明出自该承诺",
        "the plan has a published commitment: give --secret and --public-value, for a seed alone "
        "does not show that it came from them",
    ),
    "draw.seed_unproved": (
        "注意：只给出种子，未核对它是否出自方案公布的承诺；"
        "公布密钥后请用 --secret 与 --public-value 再核对",
        "note: the seed was not held against the commitment published in the plan; once the "
        "secret is public, verify with --secret and --public-value",
    ),
    "draw.verified_part": (
        "仅部分核对：{of}户中的{households}个登记户（{villages}个村）已重算，一致；一般户未给出 "
        "--rosters，未重算",
        "verified in part only: {households} registered households of {of} in {villages} villages "
        "were recomputed and are equal; without --rosters the N households were not drawn again",
    ),
    "draw.no_rosters": (
        "一般户尚未抽取：到村取得花名册后，用 --rosters 另抽入一个文件夹",
        "no N households are drawn yet: once the villages are listed, draw again with --rosters "
        "into another folder",
    ),
    "draw.no_commitment": (
        "方案没有种子承诺，任何密钥都能抽；正式抽样请先用 plan --set seed.commitment=… 公布",
        "the plan holds no seed commitment, so any secret would do; for a real draw publish one "
        "first: plan --set seed.commitment=…",
    ),
    "draw.stands": (
        "{path} 中已有另一次抽样，未作改动；请另选文件夹",
        "{path} holds another draw and was left as it is; choose another folder",
    ),
    "draw.differs": (
        "重算结果与样本不符，共{count}处",
        "the sample differs from the recomputed draw, differences: {count}",
    ),
    "draw.diff.value": (
        "{file} 第{row}行“{column}”列：样本为 {found}，重算为 {expected}",
        "{file} row {row} column {column}: {found}, recomputed {expected}",
    ),
    "draw.diff.record": (
        "{file} 的 {key}：样本为 {found}，重算为 {expected}",
        "{file}, {key}: {found}, recomputed {expected}",
    ),
    "draw.diff.missing": (
        "{file}：缺少 {unit}",
        "{file}: {unit} is missing",
    ),
    "draw.diff.extra": (
        "{file} 第{row}行：{unit} 不应在样本中",
        "{file} row {row}: {unit} does not belong to the sample",
    ),
    "draw.diff.column": ("{file}：缺少列 {column}", "{file}: the column {column} is missing"),
    "draw.diff.file": ("缺少文件 {file}", "the file {file} is missing"),
    "draw.diff.more": ("另有{count}处未列出", "and {count} more"),
}
