// Reading aids: all details open for print, and boxes that scroll can be reached by keyboard only while they do scroll.

const details = [...document.querySelectorAll("#evidence details")];
const all = document.getElementById("evidence-all");

function openAll(open) {
  for (const one of details) one.open = open;
  all.textContent = open ? "Close all" : "Open all";
}

if (details.length) {
  all.hidden = false;
  all.addEventListener("click", () => openAll(details.some((one) => !one.open)));
}
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
});

const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".scroll")) watch.observe(box);
