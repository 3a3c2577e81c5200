// Keeps "in 3 days" true while a page stays open, and says politely when a day, an hour and nothing is left.
// The time counted from is the server's (data-at), so a wrong clock here shows no wrong deadline.
const MINUTE = 60000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const language = document.documentElement.lang || "en";
const unit = (count, name) =>
  count ? new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "long" }).format(count) : "";

function length(span) {
  const days = Math.floor(span / DAY);
  const hours = Math.floor((span % DAY) / HOUR);
  const minutes = Math.floor((span % HOUR) / MINUTE);
  if (days >= 3) return unit(days, "day");
  if (days) return `${unit(days, "day")} ${unit(hours, "hour")}`.trim();
  if (hours) return `${unit(hours, "hour")} ${unit(minutes, "minute")}`.trim();
  return unit(Math.max(minutes, 1), "minute");
}

function announce(text) {
  const region = document.getElementById("announcements");
  const line = document.createElement("p");
  line.textContent = text;
  region.append(line);
  while (region.children.length > 5) region.firstElementChild.remove();
}

function watch(deadline) {
  const words = deadline.querySelector("[data-left]");
  const due = Date.parse(deadline.dataset.due);
  const began = Date.parse(deadline.dataset.at) - performance.now();
  let before = due - began;

  function show() {
    const left = due - (began + performance.now());
    const pattern = left > 0 ? deadline.dataset.future : deadline.dataset.past;
    words.textContent = pattern.replace("LENGTH", length(Math.abs(left)));
    deadline.classList.toggle("deadline-near", left > 0 && left <= 2 * DAY);
    deadline.classList.toggle("deadline-past", left <= 0);
    const passed = [DAY, HOUR, 0].some((mark) => before > mark && left <= mark);
    if (passed) {
      const name = deadline.dataset.what ? `${deadline.dataset.what}: ` : "";
      announce(name + words.textContent);
    }
    before = left;
  }

  window.setInterval(show, MINUTE / 2);
}

const watchAll = (root) => root.querySelectorAll("[data-due]").forEach(watch);
watchAll(document);
document.addEventListener("htmx:afterSwap", (event) => watchAll(event.detail.target));
