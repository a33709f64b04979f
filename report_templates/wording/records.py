"""What a correction changed and why, and what an edition withholds."""

from __future__ import annotations

from report_templates.wording.bilingual import table

# Why a verdict was replaced.
REASONS = table(
    ruling=("重新认定或再访", "new ruling or visit"),
    answers=("访谈或附件更正", "interviews or files corrected"),
    objection=("异议成立", "objection upheld"),
    computation=("计算差错", "error of computation"),
    publication=("公布日期或事项变动，数值未变", "publication only, no figure changed"),
    other=("其他", "other"),
)

# Parts of a verdict.json, as a correction names those it changed.
PARTS = table(
    schema=("格式", "format"),
    number=("编号", "number"),
    edition=("版别", "edition"),
    simulated=("模拟标记", "mark of simulation"),
    county=("县情", "county"),
    campaign=("评估批次", "campaign"),
    rulebook=("评估规则", "rule book"),
    sample=("样本", "sample"),
    indicators=("指标", "indicators"),
    verdict=("结论", "verdict"),
    strata=("分层结果", "strata"),
    runs=("分层结果", "strata"),
    townships=("乡镇结果", "townships"),
    satisfaction=("认可度分问", "satisfaction"),
    approval=("认可的合成", "approval"),
    cases=("疑似问题", "cases"),
    confirmed=("查实清单", "confirmed cases"),
    files=("资料核对", "files"),
    sources=("其他来源", "other sources"),
    trend=("历次评估", "earlier inspections"),
    hearing=("意见与答复", "reply"),
    seals=("封存日期", "dates of sealing"),
    open=("未了事项", "open matters"),
    sentences=("说明", "remarks"),
    provenance=("证据链", "chain of digests"),
)

# What the public edition does not hold.
WITHHELD = table(
    confirmed=("查实清单", "confirmed cases"),
    interviews_sha256=("访谈摘要", "digest of interviews"),
    nonce=("防猜测随机数", "nonce against guessing"),
    runs=("并层估计", "estimates of merged strata"),
    statements=("意见全文", "words of the reply"),
    strata=("分层估计", "estimates by stratum"),
    township_agreement=("乡镇复访一致率", "agreement by township"),
    township_incidence=("乡镇发生率", "incidence by township"),
    township_response=("部分乡镇应答率", "response of some townships"),
    villages=("村名", "names of villages"),
)
