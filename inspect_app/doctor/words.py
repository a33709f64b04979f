"""Sentences of the doctor: what was found and what to do, in Chinese and English, by code."""

STATES: dict[str, tuple[str, str]] = {
    "True": ("是", "yes"),
    "False": ("否", "no"),
    "?": ("无法得知", "cannot be told"),
    "ok": ("无误", "ok"),
    "weak": ("容易猜出", "weak"),
    "missing": ("没有", "missing"),
    "never": ("从未", "never"),
    "closed": ("已关闭", "closed"),
    "made with the first receipt": ("首张回执时生成", "made with the first receipt"),
    "none, plain http": ("没有，明文 http", "none, plain http"),
    "the receipt key is missing, and receipts were signed with it": (
        "已丢失，而已有回执由它签署",
        "missing, and receipts were signed with it",
    ),
    "the receipt key can be read by others than its owner": (
        "他人可读",
        "others than its owner can read it",
    ),
    "the receipt key cannot be read": ("无法读取", "it cannot be read"),
    "the receipt key is not whole": ("不完整", "not whole"),
}
"""Values that are words, in both languages; what is not here is shown as it is."""

WORDS: dict[str, tuple[str, str, str, str]] = {
    # --- seal keys ---
    "seal.made": (
        "封存密钥 {count} 把",
        "{count} seal keys",
        "exit-inspection seal-key create：没有它，手机上完成的问卷仅由 PIN 保护",
        "exit-inspection seal-key create: without one, finished interviews on phones rest on the "
        "PIN alone",
    ),
    "seal.here": (
        "封存密钥 {kid} 的文件在此且可解封：{opens}",
        "the file of seal key {kid} is here and opens: {opens}",
        "丢失、损坏或打不开：检查 EXIT_INSPECTION_SEAL_PASSPHRASE，或 seal-key recover；手机保留"
        "原件",
        "missing, damaged or closed: look at EXIT_INSPECTION_SEAL_PASSPHRASE, or seal-key recover; "
        "phones keep what they have until then",
    ),
    "seal.rehearsed": (
        "封存密钥 {kid} 上次演练恢复：{day}",
        "recovery of seal key {kid} rehearsed: {day}",
        "seal-key copy 后 seal-key rehearse：丢失密钥即丢失全部未传数据",
        "seal-key copy, then seal-key rehearse: a lost key is the loss of all unsent data",
    ),
    "seal.closed": (
        "封存密钥 {kid} 有口令保护：{closed}",
        "seal key {kid} is closed by a passphrase: {closed}",
        "设 EXIT_INSPECTION_SEAL_PASSPHRASE_FILE 后 seal-key rotate",
        "set EXIT_INSPECTION_SEAL_PASSPHRASE_FILE, then seal-key rotate",
    ),
    "check.failed": (
        "检查 {check} 未能完成：{kind}",
        "the check {check} could not be made: {kind}",
        "以服务用户身份重新运行；仍失败请附此行报告",
        "run again as the user of the service; if it fails again, report this line",
    ),
    # --- folder ---
    "disk.free": (
        "磁盘剩余 {free_mb} MiB（{share}）",
        "{free_mb} MiB free on the disk ({share})",
        "腾出空间：不足 {least_mb} MiB 或 {least_share} 时服务器拒收数据",
        "make room: below {least_mb} MiB or {least_share} the server takes no data",
    ),
    "disk.kind": (
        "数据目录位于 {kind}（{options}）",
        "the data folder lies on {kind} ({options})",
        "移到本地磁盘（ext4、xfs）：内存盘会丢失数据，网络盘不保证落盘与加锁，只读盘不能写",
        "move it to a local disk (ext4, xfs): memory forgets, network disks neither flush nor lock "
        "reliably, a read-only disk takes nothing",
    ),
    "folder.private": (
        "数据目录权限 {mode}",
        "mode of the data folder: {mode}",
        "chmod 700：其中有抽样秘密与调查对象资料",
        "chmod 700: it holds the secret of the draw and what households said",
    ),
    "file.private": (
        "{file} 权限 {mode}",
        "mode of {file}: {mode}",
        "chmod 600 {file}",
        "chmod 600 {file}",
    ),
    "folder.writable": (
        "目录 {folder} 可写：{is_writable}",
        "folder {folder} can be written to: {is_writable}",
        "将其所有者改为服务用户",
        "make the user of the service its owner",
    ),
    "key.present": (
        "回执密钥：{state}",
        "receipt key: {state}",
        "丢失或损坏：停止服务，从备份恢复 keys/，否则服务器会另造一把，已发回执无法核验；"
        "他人可读：chmod 600 keys/*",
        "lost or broken: stop the service and restore keys/ from a backup, else the server makes "
        "another and the receipts given out cannot be checked; readable by others: chmod 600 "
        "keys/*",
    ),
    "key.matches": (
        "账本回执与密钥：核对 {checked} 条，不符 {wrong} 条",
        "receipts of the ledger against the key: {checked} checked, {wrong} do not hold",
        "密钥不是签署者：恢复原密钥，再运行 exit-inspection ledger verify",
        "the key is not the one that signed: restore it, then run exit-inspection ledger verify",
    ),
    "clock.ledger": (
        "领先于时钟的账本：{count} 个",
        "ledgers ahead of the clock: {count}",
        "校准时钟（NTP）；时钟无误则运行 exit-inspection ledger confirm-clock",
        "set the clock right (NTP); where it is right, run exit-inspection ledger confirm-clock",
    ),
    "demonstration": (
        "演示标记：{marked}",
        "mark of a demonstration: {marked}",
        "此目录的密钥与密码出自公开种子：真实评估请用新目录",
        "keys and passwords of this folder follow from a printed seed: use a new folder for a real "
        "inspection",
    ),
    "fonts": (
        "报告字体：{state}",
        "fonts of the report: {state}",
        "重新安装软件包；字体不符则结论书不能逐字节重现",
        "install the package again: with other fonts no verdict can be drawn again byte for byte",
    ),
    # --- database ---
    "database.reached": (
        "数据库：{database}",
        "database: {database}",
        "启动数据库，核对 DATABASE_URL 与网络；本机以外须 TLS（sslmode=verify-full）",
        "start the database, check DATABASE_URL and the network; beyond this machine use TLS "
        "(sslmode=verify-full)",
    ),
    "database.version": (
        "数据库版本 {version}",
        "database version {version}",
        "升级：SQLite 至少 3.35，PostgreSQL 至少 15",
        "upgrade: SQLite 3.35, PostgreSQL 15 at least",
    ),
    "database.durable": (
        "持久性 {settings}",
        "durability: {settings}",
        "断电会丢失已确认的问卷。PostgreSQL：ALTER SYSTEM SET 该项 = on，再 SELECT "
        "pg_reload_conf()（也查 ALTER ROLE、ALTER DATABASE）；SQLite 由本程序设为 2 与 wal：该盘"
        "不支持 wal 则换本地磁盘",
        "acknowledged interviews die with the power. PostgreSQL: ALTER SYSTEM SET the weak one = "
        "on, then SELECT pg_reload_conf() (look at ALTER ROLE and ALTER DATABASE, too); SQLite is "
        "set to 2 and wal by this program: where the disk takes no wal, use a local one",
    ),
    "database.weak_allowed": (
        "EXIT_INSPECTION_WEAK_DURABILITY 已设置",
        "EXIT_INSPECTION_WEAK_DURABILITY is set",
        "只供测试：从环境文件中删除",
        "it is for tests only: take it out of the environment file",
    ),
    "database.revision": (
        "表结构 {present}，程序 {head}",
        "tables at {present}, code at {head}",
        "表较旧：先备份，停止服务，再运行 exit-inspection database upgrade --data {folder}；表"
        "较新：安装较新的程序",
        "older tables: back up, stop the service, then exit-inspection database upgrade --data "
        "{folder}; newer ones: install the newer release",
    ),
    "database.writable": (
        "数据库可写：{writable}",
        "the database takes writes: {writable}",
        "DATABASE_URL 指向备机或只读库：改指主机；并查 default_transaction_read_only（ALTER ROLE、"
        "ALTER DATABASE）",
        "DATABASE_URL names a standby or a read-only database: name the primary; look at "
        "default_transaction_read_only (ALTER ROLE, ALTER DATABASE), too",
    ),
    "database.encoding": (
        "数据库编码 {encoding}",
        "encoding of the database: {encoding}",
        "须为 UTF8：用 CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0 另建并恢复",
        "it must be UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and restore",
    ),
    "database.connections": (
        "数据库连接上限 {limit}，服务器最多用 {needed}",
        "the database takes {limit} connections, the server uses up to {needed}",
        "提高 max_connections，或减少进程与线程",
        "raise max_connections, or serve with fewer processes and threads",
    ),
    "database.compression": (
        "default_toast_compression = {method}",
        "default_toast_compression = {method}",
        "改为 lz4（postgresql.conf），大问卷压缩省约一半 CPU",
        "set it to lz4 (postgresql.conf): it halves the CPU of packing long interviews",
    ),
    "database.clock": (
        "与数据库时钟相差 {seconds} 秒",
        "the clock of the database differs by {seconds} s",
        "两台机器都启用 NTP",
        "let both machines follow NTP",
    ),
    # --- machine ---
    "clock.synchronised": (
        "系统时钟已同步：{state}",
        "the system's clock is synchronised: {state}",
        "启用 chrony 或 systemd-timesyncd：回执与每日根记的是服务器时间",
        "start chrony or systemd-timesyncd: receipts and daily roots bear the server's time",
    ),
    "files.open": (
        "可打开文件数 {limit}",
        "files that may be open: {limit}",
        "systemd 单元中设 LimitNOFILE=8192",
        "set LimitNOFILE=8192 in the systemd unit",
    ),
    "memory": (
        "可用内存 {free_mb} MiB",
        "memory available: {free_mb} MiB",
        "至少留 {least_mb} MiB；每个进程约 300 MiB，每次密码校验 64 MiB",
        "leave {least_mb} MiB: a process takes some 300 MiB, a password check 64 MiB",
    ),
    "python": (
        "Python {version}",
        "Python {version}",
        "使用 Python 3.11 或更新版本",
        "use Python 3.11 or newer",
    ),
    "packages": (
        "软件包与 requirements.txt：{state}",
        "packages against requirements.txt: {state}",
        "pip install --require-hashes -r requirements.txt",
        "pip install --require-hashes -r requirements.txt",
    ),
    "secret.weak": (
        "{name}：{state}",
        "{name}: {state}",
        "换成随机值：python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
        "take a random one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
    ),
    "demo.seed": (
        "EXIT_INSPECTION_DEMO_SEED 已设置",
        "EXIT_INSPECTION_DEMO_SEED is set",
        "从环境文件中删除：它使密钥可由种子推出",
        "take it out of the environment file: keys would follow from it",
    ),
    # --- web ---
    "tls": (
        "TLS：{state}",
        "TLS: {state}",
        "前面放代理（nginx），用受信任的证书与 TLS 1.2 以上，见 docs/operations.md："
        "手机与浏览器会话不用明文 http，也拒绝其他证书",
        "put a proxy (nginx) in front with a trusted certificate and TLS 1.2 or newer, see "
        "docs/operations.md: phones and sessions of browsers use no plain http and no other "
        "certificate",
    ),
    "tls.expiry": (
        "证书还有 {days} 天到期",
        "the certificate expires in {days} days",
        "续期并重新加载代理；设置自动续期",
        "renew it and reload the proxy; let it renew itself",
    ),
    "redirect": (
        "http:// 的回答：{state}",
        "the answer at http://: {state}",
        "80 端口只做永久跳转到 https（nginx: return 308），或关闭",
        "let port 80 only redirect to https for good (nginx: return 308), or close it",
    ),
    "hsts": (
        "Strict-Transport-Security：{state}",
        "Strict-Transport-Security: {state}",
        "设 EXIT_INSPECTION_PROXIES=1 并让代理传 X-Forwarded-Proto",
        "set EXIT_INSPECTION_PROXIES=1 and let the proxy pass X-Forwarded-Proto",
    ),
    "ready": (
        "/readyz：{state}",
        "/readyz: {state}",
        "按所列逐项处理，见 docs/operations.md",
        "mend what is named, see docs/operations.md",
    ),
    "hello": (
        "协议握手：{state}",
        "hello of the protocol: {state}",
        "核对地址与代理的 location；须由本服务器回答，不得是登录页",
        "check the address and the proxy's location: this server must answer, no log-in page",
    ),
    "clock.date": (
        "与服务器 Date 相差 {seconds} 秒",
        "the Date of the server differs by {seconds} s",
        "在服务器与本机启用 NTP",
        "let the server and this machine follow NTP",
    ),
    "passes": (
        "{what} 经过代理：{state}",
        "{what} through the proxy: {state}",
        "放开代理限制：client_max_body_size 2m，允许 GET HEAD POST PUT PATCH，不改动 "
        "Content-Encoding",
        "open the proxy: client_max_body_size 2m; GET HEAD POST PUT PATCH; Content-Encoding left "
        "alone",
    ),
    "metrics.private": (
        "/metrics 自外部：{state}",
        "/metrics from outside: {state}",
        "在代理中屏蔽：location = /metrics {{ return 404; }}",
        "close it at the proxy: location = /metrics {{ return 404; }}",
    ),
}
