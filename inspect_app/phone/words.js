// Every word the app says, in Chinese and English; tests hold both complete.

const WORDS = {
  app: ["入户核查", "Household inspection"],
  language: ["English", "中文"],
  back: ["返回", "Back"],
  next: ["下一页", "Next"],
  menu_today: ["今日", "Today"],
  menu_outbox: ["待传", "Outbox"],
  menu_help: ["帮助", "Help"],

  enrol_title: ["登记本机", "Enrol this phone"],
  enrol_how: [
    "请用系统相机扫描组长打印的二维码，或在此输入登记码。登记需要网络，只需一次。",
    "Scan the code that your team leader printed with the phone's own camera, or type it here. Enrolling needs a network, once.",
  ],
  enrol_code: ["登记码", "Enrolment code"],
  enrol_go: ["登记", "Enrol"],
  enrol_busy: ["正在登记…", "Enrolling…"],
  enrol_wechat: [
    "请点右上角“…”，选择“在浏览器打开”。微信内的存储不可靠，不能在此登记。",
    "Open this page in the browser (menu “…” at the top right). Storage inside WeChat is not dependable, so enrolling here is not possible.",
  ],
  enrol_failed: ["登记未成功：{0}", "Not enrolled: {0}"],
  choose_title: ["选择检查任务", "Choose a campaign"],
  choose_one: ["任务 {0}（{1} 登记）", "Campaign {0} (enrolled {1})"],

  pin_new: ["设置六位数字密码", "Set a PIN of six digits"],
  pin_new_how: [
    "草稿用此密码加密。忘记密码时，草稿无法恢复；已封存的问卷不受影响，仍可上传。",
    "Drafts are closed with this PIN. If it is forgotten they are lost; what is sealed is not, and can still be sent.",
  ],
  pin: ["密码", "PIN"],
  pin_again: ["再输入一次", "Once more"],
  pin_open: ["解锁", "Unlock"],
  pin_set: ["设置", "Set"],
  pin_six: ["密码为六位数字。", "The PIN has six digits."],
  pin_differ: ["两次输入不同。", "The two differ."],
  pin_wrong: ["密码错误，还可尝试 {0} 次。", "Wrong PIN; {0} tries left."],
  pin_barred: [
    "密码错误已达十次。请向组长报读计数 {0}，并输入组长给出的八位代码。",
    "Ten wrong PINs. Read the counter {0} to your team leader and enter the code of eight digits you are told.",
  ],
  pin_code: ["组长代码", "Leader's code"],
  pin_code_wrong: ["代码不对。", "That is not the code."],
  pin_send: ["不解锁，直接上传", "Send without unlocking"],
  pin_forgotten: [
    "忘记密码：联网后可重设，未封存的草稿将被删除。",
    "Forgotten: once online you may set a new one; drafts that are not sealed are deleted.",
  ],
  pin_reset: ["删除草稿并重设密码", "Delete drafts and set a new PIN"],

  today_title: ["今日任务", "Today"],
  today_none: ["尚无任务。连上网络后点“联系服务器”。", "Nothing assigned yet. Go online and contact the server."],
  today_contact: ["联系服务器", "Contact the server"],
  village: ["村 {0}", "Village {0}"],
  class_E: ["脱贫户", "Exited"],
  class_P: ["未脱贫户", "Still registered"],
  class_N: ["一般农户", "Not registered"],
  order: ["第 {0} 签", "Ticket {0}"],
  reserve: ["备用", "Reserve"],
  reserves_locked: ["备用 {0} 户，尚未启用", "{0} reserves, locked"],
  roster_todo: ["先列本村{0}名册", "List this village first: {0}"],
  roster_done: ["名册已封存：{0} 户", "List sealed: {0} households"],
  roster_waits: [
    "名册户数与登记数（{0}）相差过大，须等组长放行后才能抽户。",
    "The count is too far from the register's ({0}); your team leader must release the draw.",
  ],
  roster_code: ["输入组长放行代码（计数 {0}）", "Leader's release code (counter {0})"],
  roster_release: ["放行", "Release"],
  state_todo: ["未访", "To visit"],
  state_draft: ["草稿", "Draft"],
  state_returned: ["退回：{0}", "Returned: {0}"],
  lights: ["封存 {0} · 问卷到达 {1} · 照片到达 {2}", "Sealed {0} · answers in {1} · photos in {2}"],
  light_on: ["✓", "✓"],
  light_off: ["–", "–"],
  nag: [
    "本机有 {0} 份未传，最早 {1} 小时前。请尽快联网，或导出密封文件交组长。",
    "{0} unsent on this phone, the oldest from {1} h ago. Go online soon, or export a sealed file for your leader.",
  ],
  no_room: ["剩余空间不足 200 MB，不能开始新的访问。", "Less than 200 MB free: no new visit can begin."],
  not_persistent: ["浏览器未承诺保留数据，请每天上传。", "This browser may clear its storage; send every day."],

  household: ["户 {0}", "Household {0}"],
  begin: ["开始访谈", "Begin the interview"],
  resume: ["继续访谈", "Go on with the interview"],
  again: ["重新访谈（退回）", "Interview again (returned)"],
  no_interview: ["未能访谈", "No interview"],
  visits_so_far: ["已上门 {0} 次：{1}", "Visits so far: {0} ({1})"],
  contact_title: ["记录未能访谈", "Record a visit without interview"],
  contact_what: ["访问结果", "Outcome"],
  contact_note: ["说明", "Note"],
  contact_seal: ["封存本次访问", "Seal this visit"],
  contact_need: ["请选择访问结果。", "Choose an outcome."],
  purpose: [
    "向受访人说明：我们是第三方评估人员，了解贵户情况，用于核查贫困县退出。可以不答，也可随时停止；答案加密保存，不告诉村、乡、县干部。",
    "Tell the respondent: we are independent inspectors; the answers serve to check the county's exit from poverty. You may refuse any question and stop at any time; answers are encrypted and not shown to local officials.",
  ],
  d_partial: ["部分完成，需再访", "Partly done, call back"],
  d_refused: ["拒访", "Refused"],
  d_absent: ["无人在家", "Nobody at home"],
  d_moved_out: ["整户迁出", "Whole household moved out"],
  d_dissolved: ["户已并入或拆分", "Household merged or split"],
  d_dead: ["人员全部去世", "All members dead"],
  d_not_found: ["查无此户", "Not found"],
  d_not_visited: ["未到访", "Not visited"],
  d_completed: ["完成", "Completed"],

  blocks: ["目录", "Contents"],
  left_out: ["缺 {0} 项", "{0} missing"],
  all_there: ["已答", "done"],
  add_member: ["添加成员", "Add a member"],
  member: ["成员 {0}", "Member {0}"],
  remove_member: ["删除此成员", "Remove this member"],
  review: ["检查并封存", "Check and seal"],
  seal: ["完成并封存", "Complete and seal"],
  seal_partial: ["按“部分完成”封存", "Seal as partly done"],
  seal_how: [
    "封存后不能修改，本机也无法再读。上传可以稍后进行。",
    "Once sealed nothing can be changed, and this phone cannot read it again. Sending can wait.",
  ],
  sealed: ["已封存", "Sealed"],
  sealing: ["正在封存…", "Sealing…"],
  problems_hard: ["必须改正", "Must be corrected"],
  problems_missing: ["还没有回答", "Not answered yet"],
  problems_soft: ["请核对", "Please check"],
  problems_broken: [
    "干部在场、未清场或由干部翻译：不能作为完成的访谈，须由另一组重访。可按“部分完成”封存。",
    "An official was present or interpreted, or the room was not cleared: this cannot be a completed interview, another pair repeats it. Seal it as partly done.",
  ],
  problems_consent: [
    "未同意：请改为记录“拒访”。",
    "No consent: record the visit as refused instead.",
  ],
  required: ["必答", "required"],
  number_bad: ["请输入整数。", "Write a whole number."],
  dk: ["不知道", "Does not know"],
  dont_say: ["拒答", "Refuses to say"],
  photo_kept: ["照片已保存", "Photo kept"],
  photo_failed: ["照片未能保存：{0}。其他答案不受影响。", "The photo could not be kept: {0}. The other answers are safe."],
  no_space: ["存储空间不足", "no room left"],
  locate: ["取得定位", "Take the location"],
  locating: ["正在定位…", "Locating…"],
  located: ["纬度 {0}，经度 {1}，误差 {2} 米", "Latitude {0}, longitude {1}, within {2} m"],
  not_located: ["未能定位：{0}", "No location: {0}"],
  sign_here: ["请在框内签名，或在下面输入姓名", "Sign in the box, or type the name below"],
  sign_name: ["输入姓名代替手写", "Type the name instead"],
  sign_clear: ["重签", "Clear"],
  sign_keep: ["保存签名", "Keep the signature"],
  signed: ["已签名", "Signed"],
  draft_failed: ["草稿未能保存：{0}", "The draft could not be kept: {0}"],

  roster_title: ["村名册 {0}", "Village list {0}"],
  roster_how: [
    "按到户顺序逐户登记。建档立卡户填登记编码，其他户自动编号。封存后顺序与编号固定，随即抽户。",
    "List household by household, in order. Registered ones take their register code, others are numbered. Once sealed, order and ids are fixed and the draw follows.",
  ],
  roster_class: ["类别", "Class"],
  roster_persons: ["人口", "Persons"],
  roster_unit: ["登记编码", "Register code"],
  roster_label: ["备注（仅存本机）", "Note (this phone only)"],
  roster_add: ["加入名册", "Add to the list"],
  roster_drop: ["删除末行", "Remove the last"],
  roster_count: ["已列 {0} 户，其中{1} {2} 户；登记数 {3}", "{0} listed, of them {1}: {2}; the register says {3}"],
  roster_seal: ["封存名册并抽户", "Seal the list and draw"],
  roster_twice: ["编码重复。", "This code is listed already."],
  roster_persons_bad: ["人口应为 1–99。", "Persons must be 1 to 99."],

  outbox_title: ["待传", "Outbox"],
  outbox_none: ["没有封存的内容。", "Nothing sealed yet."],
  send_now: ["现在上传", "Send now"],
  send_photos: ["用流量上传照片", "Send photos over mobile data"],
  kind_interview: ["访谈", "Interview"],
  kind_contact: ["访问", "Visit"],
  kind_roster: ["名册", "List"],
  receipt: ["回执 {0} · {1}", "Receipt {0} · {1}"],
  s_waiting: ["等待上传", "Waiting"],
  s_accepted: ["已接收", "Accepted"],
  s_duplicate: ["已接收", "Accepted"],
  s_conflict: ["与已有版本并存，待组长裁定", "Beside another version; the leader decides"],
  s_stale_form: ["已接收（旧版问卷）", "Accepted (older form)"],
  s_quarantined: ["待主管处理", "With the supervisor"],
  s_alarm: ["异常，请勿删除应用，联系组长", "Alarm: keep the app, call your leader"],
  s_again: ["将重新上传", "Will be sent again"],
  export: ["导出密封文件", "Export a sealed file"],
  export_how: [
    "没有网络时：导出 .xfz 文件，经蓝牙或存储卡交给组长代传；组长还回的回执文件在此导入。",
    "Without a network: export an .xfz file, hand it to your leader; import the receipts file that comes back.",
  ],
  import_receipts: ["导入回执", "Import receipts"],
  imported: ["已核对 {0} 份回执，确认 {1} 份。", "{0} receipts read, {1} proved."],
  import_failed: ["不是本机的回执文件。", "Not a receipts file of this phone."],

  phase_hello: ["正在联系…", "Contacting…"],
  phase_push: ["上传答案 {0}/{1}", "Sending answers {0}/{1}"],
  phase_files: ["上传照片 {0}/{1}", "Sending photos {0}/{1}"],
  phase_pull: ["接收任务…", "Receiving…"],
  contact_done: ["已与服务器同步。", "In step with the server."],
  end_offline: ["没有网络，稍后再试。已封存的内容都在本机。", "No network; try later. What is sealed stays here."],
  end_portal: [
    "应答的不是我们的服务器（可能是上网登录页），没有发送任何内容。",
    "Somebody else answered (perhaps a log-in page); nothing was sent.",
  ],
  end_busy: ["服务器繁忙，将自动再试。", "The server is busy; trying again by itself."],
  end_stopped: [
    "服务器连续出错，已停止自动上传。请联系组长，稍后手动再试。",
    "The server failed three times in the same way; stopped. Tell your leader and try again later.",
  ],
  end_unsealed: ["服务器没有封存密钥，请联系管理员。", "The server has no seal key; tell the operator."],
  end_refused: ["服务器拒绝：{0}", "The server refused: {0}"],

  update: ["有新版本。现在更新", "New version. Update now"],
  other_tab: ["应用已在另一个标签页打开。", "The app is open in another tab."],
  other_tab_here: ["在此使用", "Use it here"],
  state_locked: ["本机已被组长锁定。未传内容仍可上传。", "Locked by your team leader. What is unsent can still be sent."],
  state_draining: ["组长要求清空上传。", "Your team leader asked for everything to be sent."],
  state_superseded: [
    "您已在另一部手机登记，本机只能上传。",
    "You enrolled on another phone; this one can only send.",
  ],
  state_wiped: ["本机数据已按指令抹除。", "This phone was wiped as ordered."],
  state_stale: [
    "超过 {0} 天未联系服务器：不能开始新访问，草稿已删除。上传不受影响。",
    "No contact for {0} days: no new visits, drafts are deleted. Sending still works.",
  ],
  closed: ["数据已在别处关闭，请重新打开。", "Closed elsewhere; open the app again."],
  failed: ["出错：{0}", "Error: {0}"],

  help_title: ["帮助", "Help"],
  help_offline: [
    "没有信号时照常使用。每输入一个字都会保存；封存的内容保存在本机，直到服务器给出回执。",
    "Works without signal. Every keystroke is kept; what is sealed stays here until the server has given a receipt.",
  ],
  help_lights: [
    "三盏灯：封存、问卷到达、照片到达。三灯齐亮后，本机副本自动删除。",
    "Three lights: sealed, answers in, photos in. When all are on, the copy here is removed by itself.",
  ],
  help_reserve: [
    "备用户按签号顺序启用：前面的户封存为拒访、迁出等结果后，下一户才会出现。当晚由组长审批。",
    "Reserves open in ticket order: the next appears after a household is sealed as refused, moved out and so on. Your leader approves in the evening.",
  ],
  help_official: [
    "有干部在场时请先清场。未能清场的访谈不能封存为完成。",
    "Clear the room of officials first. An interview that was overheard cannot be sealed as completed.",
  ],
  help_clock: ["手机时间不准不影响封存。", "A wrong clock does not stop sealing."],
  help_pin: [
    "密码只保护草稿，可挡住拾到手机的人，挡不住实验室；已封存的内容只有服务器能打开。",
    "The PIN protects drafts from whoever finds the phone, not from a laboratory; what is sealed only the server can open.",
  ],
  help_device: ["本机编号 {0}；版本 {1}", "Phone {0}; version {1}"],
  help_room: ["剩余空间 {0} MB；持久存储：{1}", "{0} MB free; persistent storage: {1}"],
  granted: ["已授予", "granted"],
  denied: ["未授予", "not granted"],
  lock_now: ["锁定", "Lock"],
};

export const LANGUAGES = ["zh", "en"];
let at = 0;

export const language = () => LANGUAGES[at];

export function speak(name) {
  at = Math.max(0, LANGUAGES.indexOf(name));
  document.documentElement.lang = name === "en" ? "en" : "zh-CN";
}

/** The words of a key in the language chosen, {0} and {1} filled in. */
export const t = (key, ...values) =>
  WORDS[key][at].replace(/\{(\d)\}/g, (_, n) => String(values[n]));

/** A pair as the questionnaire has it: label_zh and label_en, or zh and en. */
export const pick = (pair, name = "label") =>
  pair[`${name}_${language()}`] ?? pair[language()] ?? "";

export const ALL = WORDS;
