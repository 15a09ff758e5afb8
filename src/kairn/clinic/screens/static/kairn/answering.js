// Answering by keyboard: a digit chooses, Enter goes to the next question. Without this file the browser's own radios do the same by arrows and Tab.
(() => {
  const asked = (form) => [...form.querySelectorAll("[data-question]")];
  const into = (question) => { const field = question.querySelector("input:checked") || question.querySelector("input"); if (field) field.focus(); };

  const choose = (question, digit) => {
    const radio = [...question.querySelectorAll("input[type=radio]")].find((one) => one.value === digit);
    if (!radio) return false;
    radio.checked = true;
    radio.focus();
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };
  const goOn = (form, question) => {
    const all = asked(form), next = all[all.indexOf(question) + 1];
    if (next) into(next);
    else { const finish = form.querySelector("[value=finish]"); if (finish) finish.focus(); }
  };

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest("[data-answering]"), question = event.target.closest("[data-question]");
    if (!form || !question || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && asked(form).length > 1) { event.preventDefault(); goOn(form, question); }
    else if (event.target.type === "radio" && /^\d$/.test(event.key) && choose(question, event.key)) event.preventDefault();
  });
})();
