"""What the console commands say, in Chinese and English, found by code."""

TEXTS: dict[str, tuple[str, str]] = {
    "account.made": ("已建立委托方账号 {login}", "commissioner's account {login} made"),
    "account.changed": (
        "{login} 的密码已更改，其会话与令牌均已失效",
        "the password of {login} has changed; its sessions and tokens have ended",
    ),
    "account.guessed": (
        "此密码容易被猜到；请另选，不用登录名、常见词、连续或重复的字符",
        "this password would be guessed; choose another, without the login, common words, runs "
        "or repeats",
    ),
    "account.line": (
        "{login}　{kind_zh}　参与 {campaigns} 个活动　失败登录 {failed} 次　{state_zh}",
        "{login}, {kind}, in {campaigns} campaigns, {failed} failed log-ins, {state}",
    ),
    "account.link": (
        "一次性链接 /join#r={token}，{until} 前有效；请只交给 {login} 本人",
        "one-time link /join#r={token}, good until {until}; hand it to {login} alone",
    ),
    "account.locked": (
        "账号 {login} 已锁定，其会话与令牌均已失效",
        "account {login} is locked; its sessions and tokens have ended",
    ),
    "account.none": ("没有任何账号", "there are no accounts"),
    "account.unlocked": ("账号 {login} 已重新开放", "account {login} is open again"),
    "account.short": ("密码至少 {least} 个字符", "a password has at least {least} characters"),
    "data.unusable": (
        "{folder} 中的数据库无法使用：{reason}",
        "the database in {folder} cannot be used: {reason}",
    ),
    "serve.open": ("服务地址 {url}/api/v1/docs", "serving at {url}/api/v1/docs"),
    "serve.port": (
        "不能在 {host}:{port} 上服务：{reason}",
        "cannot serve at {host}:{port}: {reason}",
    ),
    "serve.one": (
        "SQLite 只有一个写入者：进程数须为 1，而非 {count}；需要更多进程请用 PostgreSQL",
        "SQLite has one writer: one worker process, not {count}; for more use PostgreSQL",
    ),
    "serve.taken": (
        "{folder} 已有另一服务器在运行，等待 {seconds} 秒后放弃；请先停止它",
        "another server has {folder}; gave up after {seconds} s: stop that one first",
    ),
    "database.current": ("表结构已是最新：{revision}", "the tables are up to date: {revision}"),
    "data.none": (
        "{folder} 中没有数据库；请先建账号：exit-inspection account create --data {folder}",
        "there is no database in {folder}; make an account first: exit-inspection account create "
        "--data {folder}",
    ),
    "doctor.url": ("“{url}”不是地址", "“{url}” is no address"),
    "data.revision": (
        "{folder}：表结构 {present}，程序 {head}；表较旧则备份、停止服务后运行 exit-inspection "
        "database upgrade，表较新则安装较新的程序",
        "{folder}: tables at {present}, code at {head}; where the tables are older, back up, stop "
        "the service and run exit-inspection database upgrade; where they are newer, install the "
        "newer release",
    ),
    "ledger.good": (
        "活动 {campaign}：账本 {count} 条，链条、回执与每日根一致，根 {root}",
        "campaign {campaign}: {count} ledger lines; chain, receipts and daily roots agree, "
        "root {root}",
    ),
    "ledger.void": (
        "活动 {campaign}：其中 {count} 份原文已按要求销毁",
        "campaign {campaign}: {count} bodies among them were destroyed on demand",
    ),
    "ledger.bad": ("活动 {campaign}：{fault}", "campaign {campaign}: {fault}"),
    "ledger.clock": (
        "活动 {campaign}：已确认时钟，账本继续（{fault}）",
        "campaign {campaign}: the clock is confirmed, the ledger goes on ({fault})",
    ),
    "ledger.empty": ("没有任何活动", "there are no campaigns"),
    "register.written": ("模拟名册写入 {folder}", "simulated register written to {folder}"),
    "register.frozen": (
        "抽样框已冻结：{villages} 村、{households} 户，哈希 {sha256}，位于 {folder}",
        "frame frozen: {villages} villages, {households} households, hash {sha256}, in {folder}",
    ),
    "export.written": (
        "{file}：{rows} 行，SHA-256 {sha256}",
        "{file}: {rows} rows, SHA-256 {sha256}",
    ),
    "verdict.drawn": (
        "{file}：verdict.json 摘要 {document}，PDF 摘要 {pdf}",
        "{file}: digest of verdict.json {document}, of the PDF {pdf}",
    ),
    "reports.source": (
        "请给出 --campaign 与 --data，或只给出 --sheets",
        "give --campaign with --data, or --sheets alone",
    ),
    "reports.summary": ("{file}：总览，SHA-256 {sha256}", "{file}: summary, SHA-256 {sha256}"),
    "reports.rendered": (
        "{folder}：新绘 {drawn} 份，已有 {kept} 份，失败 {failed} 份",
        "{folder}: {drawn} drawn, {kept} kept, {failed} failed",
    ),
    "verdict.signed": (
        "{number} 第 {version} 版 {edition}：已签名，签名后 PDF 摘要 {sha256}",
        "{number} version {version}, {edition} edition: signed, digest of the signed PDF {sha256}",
    ),
    "verdict.nothing_to_sign": ("没有待签名的版本", "nothing is left to sign"),
    "recompute.usage": (
        "请给出编号 [版本]，或 --all --campaign 活动编号",
        "name a NUMBER [VERSION], or --all --campaign ID",
    ),
    "recompute.stage": ("重算", "recomputed"),
    "recompute.none": ("此活动没有结论", "the campaign has no verdicts"),
    "recompute.same": (
        "{number} 第 {version} 版：与出具时逐字节相同",
        "{number} version {version}: the same bytes as were issued",
    ),
    "recompute.other_software": (
        "{number} 第 {version} 版：由 {issued_by} 出具，现为 {software}，结果有别：",
        "{number} version {version}: issued by {issued_by}, computed by {software}, differs in:",
    ),
    "recompute.different": (
        "{number} 第 {version} 版：软件版本相同（{software}），结果却不同：",
        "{number} version {version}: different although by the same software, {software}:",
    ),
    "recompute.damaged": (
        "{number} 第 {version} 版：存档已非原样（{fault}）",
        "{number} version {version}: what was stored is not what it was ({fault})",
    ),
    "recompute.unfrozen": (
        "{number} 第 {version} 版：出具时尚未冻结数据，仅重绘 PDF，与出具时相同",
        "{number} version {version}: issued before inputs were frozen; only the PDF was drawn "
        "again, the same as issued",
    ),
    "rulebook.line": (
        "{id}　{title_zh}　{dated}　SHA-256 {sha256}",
        "{id}, {title_en}, {dated}, SHA-256 {sha256}",
    ),
    "rulebook.good": (
        "{file}：有效，{count} 项设置，各注来源，SHA-256 {sha256}",
        "{file}: valid, {count} settings, each with its source, SHA-256 {sha256}",
    ),
    "rulebook.equal": ("两部规则没有不同的设置", "the two books disagree on no setting"),
    "rulebook.stage": ("各县", "counties"),
    "rulebook.county": (
        "{adcode} {name}（{source_zh}）：{one_zh} → {other_zh}",
        "{adcode} ({source}): {one} → {other}",
    ),
    "rulebook.issued": ("{number} 第 {version} 版", "{number} version {version}"),
    "rulebook.estimated": ("当前测算", "estimates of now"),
    "rulebook.unruled": (
        "　其中 {count} 户次仅在后者下可疑，未经认定，按成立计",
        "  {count} suspicions only the second book raises; nobody ruled on them, counted as upheld",
    ),
    "rulebook.fault": ("{adcode} {name}：无法比较（{fault}）", "{adcode}: no figures ({fault})"),
    "rulebook.summary": (
        "{counties} 县中 {changed} 县结论、稳健程度或某项判定不同，其中结论相反 {outcomes} 县；"
        "{faults} 县无法比较",
        "of {counties} counties {changed} differ in outcome, standing or a finding, {outcomes} of "
        "them in the outcome; {faults} have no figures",
    ),
    "outcome.meets": ("达到退出标准", "meets the exit standard"),
    "outcome.does_not_meet": ("未达到退出标准", "does not meet the exit standard"),
    "standing.established": ("统计确证", "established"),
    "standing.open": ("未统计确证", "open"),
    "finding.met_established": ("达标，统计确证", "met, established"),
    "finding.met_open": ("达标，未确证", "met, not established"),
    "finding.unmet_open": ("未达标，未确证", "not met, not established"),
    "finding.unmet_established": ("未达标，统计确证", "not met, established"),
    "indicator.wrong_exit_rate": ("错退率", "wrong-exit rate"),
    "indicator.missed_rate": ("漏评率", "missed rate"),
    "indicator.poverty_incidence": ("综合贫困发生率", "poverty incidence"),
    "indicator.satisfaction_rate": ("群众认可度", "satisfaction"),
    "indicator.recurrence_rate": ("返贫率", "recurrence rate"),
    "verify.sound": (
        "{file}：核验通过，签名后未有任何改动",
        "{file}: sound, not a byte has changed since it was signed",
    ),
    "verify.refused": (
        "{file}：核验不通过，请勿据此行事；原因：",
        "{file}: refused, do not rely on it; the reasons:",
    ),
    "verify.no_trust": (
        "未用 --trust 指明所信任的机构，因此任何签名人都不可信",
        "no authority was named with --trust, so no signer is believed",
    ),
    "verify.facts": (
        "编号 {number}，第 {version} 版，{edition_zh}{simulated_zh}",
        "number {number}, version {version}, {edition} edition{simulated}",
    ),
    "verify.digest.document": (
        "内嵌 verdict.json 摘要 {sha256}",
        "digest of verdict.json inside {sha256}",
    ),
    "verify.digest.unsigned": ("签名前 PDF 摘要 {sha256}", "digest of the PDF unsigned {sha256}"),
    "verify.digest.file": ("此文件摘要 {sha256}", "digest of this file {sha256}"),
    "verify.ledger": ("账本根 {root}，{count} 条", "root of the ledger {root}, {count} lines"),
    "verify.signer": (
        "签名人 {signer}，时间 {at}（{source_zh}）",
        "signed by {signer} at {at} ({source})",
    ),
    "verify.unreadable": (
        "不能作为 PDF 读取，或已损坏",
        "it cannot be read as a PDF, or is damaged",
    ),
    "verify.not-signed": (
        "没有签名；若是签名前的 PDF，请凭摘要在公开核验页查对",
        "it is not signed; if it is the PDF before signing, look its digest up on the public page",
    ),
    "verify.altered": ("签名之后有字节被改动", "bytes were changed after it was signed"),
    "verify.appended": (
        "文件末尾之后添加了内容，签名未覆盖",
        "something was added behind its end, which no signature covers",
    ),
    "verify.changed-later": (
        "签名之后另存了修订",
        "a later revision was added to it after it was signed",
    ),
    "verify.not-certified": (
        "签名没有禁止后续改动",
        "the signature does not forbid changes",
    ),
    "verify.no-document": (
        "没有内嵌的 verdict.json，或不止一个",
        "there is no verdict.json inside, or more than one",
    ),
    "verify.document-swapped": (
        "内嵌的 verdict.json 与报告所印摘要不符",
        "the verdict.json inside is not the one whose digest the report names",
    ),
    "verify.untrusted": (
        "签名人的证书不出自所信任的机构",
        "the signer's certificate does not come from an authority that is trusted",
    ),
    "verify.expired": (
        "签名人的证书在该时刻无效，且无时间戳证明签名更早",
        "the signer's certificate was not valid then; no time stamp proves an earlier one",
    ),
    "verify.revoked": ("签名人的证书已被吊销", "the signer's certificate was revoked"),
    "verify.no-stamp": ("缺少所要求的时间戳", "the time stamp that is asked for is missing"),
    "verify.stamp-untrusted": (
        "时间戳不完好，或不出自所信任的机构",
        "the time stamp is broken, or not from an authority that is trusted",
    ),
    "backup.made": (
        "备份写入 {out}：{files} 个文件，账本 {lines} 条",
        "backup written to {out}: {files} files, {lines} ledger lines",
    ),
    "backup.damaged": (
        "原件已损坏，照原样备份：{file}",
        "damaged where it lies, backed up as it is: {file}",
    ),
    "restore.done": (
        "{made_at} 的备份（软件 {software}）已恢复到 {folder}，账本 {lines} 条核验一致",
        "the backup of {made_at} (software {software}) is restored into {folder}; all {lines} "
        "ledger lines agree",
    ),
    "restore.fault": ("恢复后不一致：{fault}", "restored, but not sound: {fault}"),
    "questionnaire.sound": (
        "{form} {version}：{blocks} 块 {fields} 题 {rules} 规则，最费 {cost}/{most}：{dearest}",
        "{form} {version}: {blocks} blocks, {fields} fields, {rules} rules; the dearest takes "
        "{cost} of {most} steps ({dearest})",
    ),
    "questionnaire.refused": ("{file}：{count} 处错误", "{file}: {count} faults"),
    "questionnaire.published": (
        "已发布，此后不可更改；sha256 {sha256}",
        "published, and never changed from now on; sha256 {sha256}",
    ),
    "questionnaire.line": (
        "{form} {version}　{title_zh}",
        "{title}; sha256 {sha256}",
    ),
    "questionnaire.previewed": ("预览写入 {file}", "preview written to {file}"),
    "seal.none": (
        "没有封存密钥：手机上完成的问卷仅由 PIN 保护；建立：seal-key create",
        "there is no seal key: finished interviews rest on the phone's PIN alone; make one: "
        "seal-key create",
    ),
    "seal.made": ("封存密钥 {kid} 已建立：{file}", "seal key {kid} made: {file}"),
    "seal.next": (
        "现在备份并演练：seal-key copy，seal-key rehearse；丢失密钥即丢失全部未传数据",
        "now copy and rehearse it: seal-key copy, seal-key rehearse; a lost key is the loss of all "
        "unsent data",
    ),
    "seal.line": (
        "{kid}　{made}　{state_zh}　{here_zh}　{closed_zh}　演练恢复：{rehearsed_zh}",
        "{kid}, made {made}, {state}, {here}, {closed}, recovery rehearsed: {rehearsed}",
    ),
    "seal.copied": (
        "{kids} 已写入 {file}；请存于别处，口令另行保管，并立即演练",
        "{kids} written to {file}; keep it elsewhere, its passphrase apart, and rehearse it now",
    ),
    "seal.rehearsed": ("仅凭备份可解封 {kid}", "the copy alone opens {kid}"),
    "seal.lacking": (
        "备份不能解封 {kid}，请重新备份",
        "the copy does not open {kid}; make a new one",
    ),
    "seal.recovered": ("已恢复 {kids}", "{kids} brought back"),
    "seal.whole": ("没有缺少的密钥文件", "no key file is missing"),
    "openapi.written": ("接口文档写入 {file}", "API document written to {file}"),
    "demo.exists": (
        "{folder} 不是空目录；请另选 --out，或先移走它",
        "{folder} is not empty; choose another --out, or move it away first",
    ),
    "demo.cluster": ("临时 PostgreSQL {version} 已启动", "a throw-away PostgreSQL {version} runs"),
    "demo.engine": (
        "DATABASE_URL 不是 PostgreSQL 的地址",
        "DATABASE_URL is not the address of a PostgreSQL",
    ),
    "demo.used": (
        "DATABASE_URL 的数据库不是空的；演示需要一个空数据库",
        "the database of DATABASE_URL is not empty; a demonstration takes an empty one",
    ),
    "demo.papers": (
        "文件如下，全部为模拟数据（见 {mark}）：",
        "documents, all on simulated data (see {mark}):",
    ),
    "demo.verify": (
        "核验签名：exit-inspection verdict verify {file} --trust {trust}",
        "check a signature: exit-inspection verdict verify {file} --trust {trust}",
    ),
    "demo.again": (
        "在此数据上再开服务器：EXIT_INSPECTION_PLAIN_SESSIONS=1 exit-inspection serve --data "
        "{folder}，然后打开 http://127.0.0.1:8000/verify 或 /county（账号见 {logins}）",
        "open the server again on this data: EXIT_INSPECTION_PLAIN_SESSIONS=1 exit-inspection "
        "serve --data {folder}, then http://127.0.0.1:8000/verify or /county (accounts in "
        "{logins})",
    ),
    "demo.clock": (
        "模拟的时间早已过去：要让它再收数据，先运行 exit-inspection ledger confirm-clock --data "
        "{folder}",
        "the simulated time is long past: before it takes data again, run exit-inspection ledger "
        "confirm-clock --data {folder}",
    ),
    "demo.link": (
        "用浏览器打开此链接登记手机（一次有效），今天的村：{village}\n  {link}",
        "open this link in a browser to enrol a phone (once); its village of today: {village}\n"
        "  {link}",
    ),
    "demo.team": (
        "组长在 {page} 看到这部手机：账号 {login}，密码 {password}",
        "its team leader sees it at {page}: login {login}, password {password}",
    ),
    "demo.review": (
        "复核员用接口复核、退回、通过：账号 {login}，密码 {password}",
        "a reviewer reads, returns and accepts through the API: login {login}, password {password}",
    ),
    "demo.served": (
        "公众核验 {verify}，县级页面 {county}；Ctrl-C 结束",
        "anybody checks reports at {verify}, county officials at {county}; Ctrl-C ends it",
    ),
    "demo.failed": ("演示中断：{reason}", "the demonstration stopped: {reason}"),
}


def say(code: str, /, **values: object) -> str:
    """Put the sentence of a code into words, `中文 | English`."""
    zh, en = TEXTS[code]
    return f"{zh.format(**values)} | {en.format(**values)}"
