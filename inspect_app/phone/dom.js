// Elements without a framework: h("p", {class: "note"}, "text", child).

export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const button = (text, onclick, attributes) =>
  h("button", { type: "button", onclick, ...attributes }, text);

export const link = (text, href, attributes) => h("a", { href, ...attributes }, text);

/** A text field with its label, whose `control` is the input. */
export const field = (label, attributes = {}, tag = "input") =>
  h("label", { className: "field" }, h("span", null, label), h(tag, { autocomplete: "off", ...attributes }));

/** A form that is sent by button or Enter; what `work` returns as text is shown as its fault. */
export function form(submit, work, ...children) {
  const fault = h("p", { className: "fault", role: "alert" });
  const go = h("button", { type: "submit", className: "main" }, submit);
  const onsubmit = async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    fault.textContent = "";
    try {
      fault.textContent = (await work(event)) || "";
    } finally {
      go.disabled = false;
    }
  };
  return h("form", { onsubmit, noValidate: true }, children, fault, go);
}
