"""Who may do what: the one table of rights, by action, and which operation is which action.

`docs/permissions.md` is written from it, and a test holds every route of the server to it.
"""

from dataclasses import dataclass
from enum import StrEnum

from inspect_app.rules.roles import PEOPLE, Role


class Scope(StrEnum):
    """How far a right reaches inside a campaign."""

    ALL = "all"
    OWN = "own"


@dataclass(frozen=True)
class Action:
    """Something people do.

    Parameters
    ----------
    name : word for it in code
    zh, en : what it is
    everywhere : roles that may, in their whole campaign
    own : roles that may for their own county, team, phone, account or told cases
    operations : endpoints of the server that do it; several where the same right opens them
    public : whether anybody may, without saying who
    """

    name: str
    zh: str
    en: str
    operations: tuple[str, ...]
    everywhere: tuple[Role, ...] = ()
    own: tuple[Role, ...] = ()
    public: bool = False

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles that may, in the order of `Role`."""
        return tuple(role for role in Role if role in self.everywhere or role in self.own)

    def scope(self, role: Role) -> Scope | None:
        """How far a role's right reaches, None without one."""
        if role in self.everywhere:
            return Scope.ALL
        return Scope.OWN if role in self.own else None


C, P, R, X, L, E, K = Role  # commissioner … expert, leader, enumerator (phone), county official

ACTIONS: tuple[Action, ...] = (
    Action(
        "public",
        "公开：登录、门牌、种子承诺、封存样本哈希、账本根与存证路径、接口文档",
        "public: log-in, hello, seed commitment, hash of the sealed sample, root of the ledger and "
        "the proof of an op, API document",
        (
            "accounts.log_in",
            "accounts.open_session",
            "invitations.accept_as_stranger",
            "accounts.use_password_link",
            "ledger.get_root",
            "ledger.prove_op",
            "api_page.read_api",
            "api-docs.openapi_json",
            "campaigns.get_seed",
            "devices.enrol",
            "devices.hello",
            "devices.renew",
            "health.is_alive",
            "health.is_ready",
            "metrics.read_metrics",
            "pages.join",
            "pages.show_join",
            "pages.show_sign_in",
            "pages.sign_in",
            "phone.get_file",
            "phone.get_worker",
            "phone.show_app",
            "publication.get_publication",
            "publication.list_published_villages",
            "samples.get_sealed_sample",
            "verify.find_file",
            "verify.get_verdict",
            "verify_pages.find",
            "verify_pages.get_public_edition",
            "verify_pages.show",
        ),
        public=True,
    ),
    Action(
        "own-account",
        "查看本人账号、改密码、退出、收回令牌、接受邀请",
        "own account: read, change the password, log out, end tokens, accept an invitation",
        (
            "accounts.get_own_account",
            "accounts.change_password",
            "accounts.get_session",
            "accounts.list_sessions",
            "accounts.log_out",
            "accounts.revoke_session",
            "invitations.accept",
            "pages.accept_invitation",
            "pages.show_invitation",
            "pages.sign_out",
        ),
        own=PEOPLE,
    ),
    Action(
        "commission",
        "委托评估、选择机构与规则库，推进各阶段",
        "commission, choose agency and rule book, take the steps of a campaign",
        (
            "campaigns.commission_campaign",
            "campaigns.correct_commission",
            "campaigns.take_step",
        ),
        everywhere=(C,),
    ),
    Action(
        "seed",
        "承诺、开启、公布种子：秘密只在委托方手中",
        "commit, open and publish the seed: its secret is the commissioner's alone",
        ("campaigns.commit_seed", "campaigns.open_seed", "campaigns.publish_seed"),
        everywhere=(C,),
    ),
    Action(
        "declare",
        "提交利益冲突声明，查看声明与警报",
        "record declarations of interest, see them and the alarms they raise",
        (
            "assignments.declare_interests",
            "assignments.list_declaration_alarms",
            "assignments.list_declarations",
        ),
        everywhere=(C, P),
    ),
    Action(
        "staff",
        "邀请人员、结束其参与、查看人员名单",
        "invite people, end their part, see who belongs to the campaign",
        (
            "invitations.invite",
            "invitations.list_invitations",
            "invitations.revoke_invitation",
            "accounts.list_members",
            "accounts.end_membership",
        ),
        everywhere=(C, P),
    ),
    Action(
        "account-log",
        "查看人员登录记录",
        "see who logged in when and from where",
        ("accounts.list_account_events",),
        everywhere=(C,),
    ),
    Action(
        "campaign",
        "查看所在评估活动与问卷",
        "see the own campaign and its questionnaires",
        (
            "campaigns.get_campaign",
            "campaigns.list_campaigns",
            "campaigns.list_commissions",
            "campaigns.list_steps",
            "questionnaires.get_questionnaire",
        ),
        everywhere=tuple(Role),
    ),
    Action(
        "prepare",
        "导入名册、提交方案、抽样",
        "import the register, accept the plan, draw",
        ("campaigns.accept_plan", "campaigns.load_frame", "samples.draw_sample"),
        everywhere=(P,),
    ),
    Action(
        "see-sample",
        "查看已公开的样本村；组长仅见本组当日及以后的村",
        "see sampled villages once released; a leader the own team's, from its day on",
        ("assignments.list_assignments", "samples.list_sample_villages"),
        everywhere=(C, P, R, X),
        own=(L,),
    ),
    Action(
        "print-sheets",
        "打印编号任务单，登记交回、销毁；组长仅限本组下一个村",
        "print numbered assignment sheets, enter their return and destruction; a leader for the "
        "own team's next village only",
        ("sheets.print_sheet", "sheets.enter_sheet_event"),
        everywhere=(P,),
        own=(L,),
    ),
    Action(
        "see-sheets",
        "查看任务单副本的去向",
        "see what became of the copies of assignment sheets",
        ("sheets.list_sheet_copies",),
        everywhere=(C, P),
        own=(L,),
    ),
    Action(
        "access-log",
        "查看谁看过名单",
        "see who saw which list",
        ("samples.list_accesses",),
        everywhere=(C, P),
    ),
    Action(
        "assign",
        "录入调查员、派组",
        "enter enumerators, assign pairs to villages",
        (
            "assignments.assign_villages",
            "assignments.propose_assignments",
            "assignments.reassign_village",
            "samples.add_enumerator",
            "samples.assign_village",
        ),
        everywhere=(P,),
    ),
    Action(
        "approve-exchange",
        "批准放弃已公布的村",
        "approve that a village whose name is known is given up for a reserve",
        ("assignments.approve_exchange",),
        everywhere=(C,),
    ),
    Action(
        "see-team",
        "查看调查员名单",
        "see the enumerators",
        ("samples.list_enumerators",),
        everywhere=(C, P, R, X),
        own=(L,),
    ),
    Action(
        "let-phones-in",
        "发放设备注册码",
        "give out enrolment codes",
        (
            "devices.create_code",
            "devices.list_codes",
            "devices.revoke_code",
            "pages.list_team_codes",
            "pages.make_code",
            "pages.revoke_team_code",
        ),
        own=(L,),
    ),
    Action(
        "see-phones",
        "查看设备及其未传数量",
        "see phones and what they still hold",
        ("devices.list_devices",),
        everywhere=(C, P),
        own=(L,),
    ),
    Action(
        "order-phones",
        "锁定、清空设备，确认警报",
        "lock and wipe phones, acknowledge alarms",
        (
            "devices.order_device",
            "devices.acknowledge_alarm",
            "pages.give_order",
            "pages.note_alarm",
        ),
        own=(L,),
    ),
    Action(
        "see-alarms",
        "查看设备与数据警报",
        "see alarms of phones and their data",
        ("devices.list_alarms",),
        everywhere=(R, X),
        own=(L,),
    ),
    Action(
        "see-quarantine",
        "查看隔离区、村花名册与版本冲突",
        "see the quarantine, village rosters and versions in conflict",
        (
            "blobs.get_quarantined_file",
            "quarantine.get_quarantined",
            "quarantine.list_quarantine",
            "quarantine.list_rosters",
        ),
        everywhere=(R, X),
        own=(L,),
    ),
    Action(
        "judge-quarantine",
        "放行或驳回隔离内容、在冲突版本中择一",
        "release or dismiss what is in quarantine, choose between versions in conflict",
        ("quarantine.decide_conflict", "quarantine.dismiss", "quarantine.release"),
        everywhere=(R, X),
        own=(L,),
    ),
    Action(
        "judge-rosters",
        "放行数目不符的花名册、认定有效的一份",
        "release a roster of another length, say which one stands",
        ("quarantine.choose_roster", "quarantine.release_roster"),
        own=(L,),
    ),
    Action(
        "void",
        "依申请销毁一份原文（哈希保留）",
        "destroy the text of one op on demand (hashes stay)",
        ("quarantine.void_body",),
        everywhere=(C,),
    ),
    Action(
        "collect",
        "采集：本机拉取与上传文件",
        "record interviews: pull and files of the own phone",
        ("sync.pull_feed", "blobs.ask_offset", "blobs.send_chunk"),
        own=(E,),
    ),
    Action(
        "push",
        "推送记录：手机推送本机的；组长代传本组手机封存并签名的",
        "push: a phone its own; a leader what phones of the own team have sealed and signed",
        ("sync.push_ops",),
        own=(L, E),
    ),
    Action(
        "carry",
        "代传本组手机的封存文件",
        "bring sealed files of phones of the own team",
        (
            "couriers.bring_file",
            "couriers.get_receipts",
            "couriers.list_files",
            "pages.bring",
            "pages.get_team_receipts",
            "pages.list_sealed_files",
        ),
        own=(L,),
    ),
    Action(
        "team-pages",
        "组长页面：本组手机、警报、退回、替换、口述码",
        "the leader's pages: phones, alarms, returns and replacements of the own team, codes to "
        "read out",
        (
            "pages.list_returns",
            "pages.list_team_alarms",
            "pages.list_team_replacements",
            "pages.read_out",
            "pages.send_back",
            "pages.show_phone",
            "pages.show_team",
            "pages.show_teams",
        ),
        own=(L,),
    ),
    Action(
        "see-answers",
        "查看答卷、照片与签名",
        "see answers, photographs and signatures",
        (
            "interviews.get_interview",
            "interviews.get_review_queue",
            "interviews.list_interviews",
            "blobs.get_file",
        ),
        everywhere=(R, X),
        own=(L,),
    ),
    Action(
        "return",
        "退回问卷",
        "return an interview",
        ("interviews.return_interview",),
        everywhere=(R, X),
        own=(L,),
    ),
    Action(
        "accept",
        "通过问卷、立案",
        "accept an interview, open cases",
        ("interviews.accept_interview", "cases.advance_case"),
        everywhere=(R, X),
    ),
    Action(
        "replace",
        "批准替换",
        "approve a replacement",
        (
            "interviews.approve_replacement",
            "interviews.refuse_replacement",
            "pages.approve",
            "pages.refuse",
        ),
        own=(L,),
    ),
    Action(
        "see-replacements",
        "查看替换申请与上门记录",
        "see requests for replacement with the visits made",
        ("interviews.list_replacements",),
        everywhere=(R, X),
        own=(L,),
    ),
    Action(
        "see-quality",
        "查看外业质量数字（无答卷、无户）",
        "see how the field works, in figures without answers or households",
        ("interviews.get_quality",),
        everywhere=(C, R, X),
    ),
    Action(
        "order-revisits",
        "派盲复访（由封存种子抽定）",
        "order blind re-interviews, which the sealed seed has drawn",
        ("revisits.propose_revisits", "revisits.order_revisit"),
        everywhere=(P, R, X),
    ),
    Action(
        "see-revisits",
        "查看复访与初访的异同",
        "see how second visits agree with the first",
        ("revisits.list_revisits", "revisits.get_revisit"),
        everywhere=(R, X),
    ),
    Action(
        "see-cases",
        "查看案件；县级联系人仅见已告知本县的",
        "see cases; a county official those the own county was told of",
        ("cases.get_case", "cases.get_evidence", "cases.list_cases"),
        everywhere=(C, R, X),
        own=(K,),
    ),
    Action(
        "evidence",
        "上传举证材料",
        "bring evidence",
        (
            "cases.add_evidence",
            "cases.upload_evidence",
            "pages.complete",
            "pages.reply",
            "pages.upload",
        ),
        own=(K,),
    ),
    Action(
        "county-pages",
        "县级联系人页面：本县案件、结论、公示、意见与异议",
        "the county's pages: its cases, verdicts, notices, statement and objections",
        (
            "pages.get_edition",
            "pages.get_file",
            "pages.get_notice",
            "pages.list_cases",
            "pages.list_notices",
            "pages.list_verdicts",
            "pages.object_to",
            "pages.show_case",
            "pages.show_hearing",
            "pages.show_home",
            "pages.show_verdict",
            "pages.speak",
        ),
        own=(K,),
    ),
    Action(
        "open-lead",
        "登记样本外线索（不计入任何比率；只答编号与状态）",
        "note a lead outside the sample, which no rate counts; the answer is its id and state",
        ("cases.open_lead",),
        everywhere=(R, X),
        own=(L,),
    ),
    Action(
        "notify",
        "向县级发出疑似问题核实函、认定结果告知函",
        "send a county the notice of its suspected cases, and of what became of them",
        ("notices.issue_notice",),
        everywhere=(R, X),
    ),
    Action(
        "see-annex",
        "查看方法附件（仅由公开数字写成）",
        "read the methods annex, which is written from public figures only",
        ("annexes.get_annex_document", "annexes.get_annex_pdf"),
        everywhere=tuple(Role),
    ),
    Action(
        "see-notices",
        "查看核实函；县级联系人仅见本县的",
        "see notices; a county official the own county's",
        (
            "notices.get_notice_document",
            "notices.get_notice_pdf",
            "notices.get_signed_notice",
            "notices.list_notices",
        ),
        everywhere=(C, R, X),
        own=(K,),
    ),
    Action(
        "receive-notice",
        "签收核实函",
        "acknowledge that a notice has come",
        ("notices.receive_notice", "pages.acknowledge"),
        own=(K,),
    ),
    Action(
        "recheck",
        "派核实访问、登记反馈会日期",
        "order the recheck of a case, enter the day of the feedback meeting",
        ("cases.order_recheck", "cases.enter_meeting"),
        everywhere=(R, X),
    ),
    Action(
        "correct-meeting",
        "更正误登的反馈会日期（附理由）",
        "put right the day of a feedback meeting that was mistyped, with a reason",
        ("cases.correct_meeting",),
        everywhere=(C,),
    ),
    Action(
        "reopen",
        "重启已裁定案件",
        "take up a ruled case again",
        ("cases.reopen_case",),
        everywhere=(C,),
    ),
    Action(
        "state",
        "县级书面意见与评估机构答复入卷",
        "put the county's statement, and the agency's answer, on the record",
        ("cases.add_statement",),
        everywhere=(R, X),
        own=(K,),
    ),
    Action(
        "see-statements",
        "查看县级意见与反馈会",
        "see the county's statements and the feedback meeting",
        ("cases.get_hearing",),
        everywhere=(C, P, R, X),
        own=(K,),
    ),
    Action(
        "rule",
        "裁定：专家；专家意见不一时由委托方",
        "rule on cases: experts; the commissioner where experts differ",
        ("cases.rule_on_case", "cases.sign_ruling"),
        everywhere=(C, R, X),
    ),
    Action(
        "see-estimates",
        "结论前查看测算，下载结论背后的逐户结果（各户意见仅复核员、专家可见）",
        "see estimates before the verdict, and the findings by household behind one (what a "
        "household thinks: reviewers and experts only)",
        ("verdicts.estimate_county", "verdicts.get_interviews"),
        everywhere=(C, P, R, X),
    ),
    Action(
        "export-figures",
        "导出逐户结果与过程数据（编码数据，无答卷、无姓名；各户意见仅复核员、专家可见）",
        "take away findings by household and paradata (codes; no answers, no names; what a "
        "household thinks: reviewers and experts only)",
        ("exports.get_interviews", "exports.get_paradata"),
        everywhere=(C, P, R, X),
    ),
    Action(
        "export-answers",
        "导出已通过问卷的答案",
        "take away the answers of accepted interviews",
        ("exports.get_answers", "exports.get_members"),
        everywhere=(R, X),
    ),
    Action(
        "sign-verdict",
        "出具评估结论",
        "issue a verdict",
        ("verdicts.issue_verdict",),
        everywhere=(R, X),
    ),
    Action(
        "waive",
        "附理由准许某县的零星未了事项",
        "let the loose ends of a county stand, with a reason",
        ("verdicts.waive_loose_ends",),
        everywhere=(C,),
    ),
    Action(
        "countersign",
        "会签结论、公示、登记并答复异议、撤回结论",
        "countersign a verdict, publish it, answer objections, withdraw it",
        (
            "validity.answer_objection",
            "validity.countersign",
            "validity.publish",
            "validity.withdraw",
        ),
        everywhere=(C,),
    ),
    Action(
        "object",
        "登记对结论的异议；县级联系人仅就本县提出",
        "put objections to a verdict on the record; a county official the own county's",
        ("validity.record_objection",),
        everywhere=(C,),
        own=(K,),
    ),
    Action(
        "read-verdict",
        "列出评估结论；县级联系人仅见本县",
        "list verdicts; a county official the own county's",
        ("verdicts.list_verdicts", "validity.get_standing", "validity.list_objections"),
        everywhere=(C, P, R, X),
        own=(K,),
    ),
    Action(
        "read-edition",
        "下载结论：公开版人人可读；完整版仅委托方、计划员、复核员、专家及本县联系人",
        "download a verdict: the public edition everybody; the full one commissioner, planner, "
        "reviewers, experts, and the own county's official",
        ("verdicts.get_document", "verdicts.get_pdf", "validity.get_signed"),
        everywhere=(C, P, R, X, L, E),
        own=(K,),
    ),
)

BY_NAME = {action.name: action for action in ACTIONS}
BY_OPERATION = {operation: action for action in ACTIONS for operation in action.operations}


def roles(action: str) -> tuple[Role, ...]:
    """Return the roles that may take an action; KeyError for one that is not in the table."""
    return BY_NAME[action].roles


LOCKED_PHONES_TOO = frozenset(BY_NAME["collect"].operations + BY_NAME["push"].operations)
"""Operations that a token of scope "push" is good for: whoever holds a locked phone may send."""
