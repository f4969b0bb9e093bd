// Reading aids: what is folded in an open appendix opens for print, and boxes that scroll can be reached by keyboard only while they do scroll.

addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("#appendix[open] details")) one.open = true;
});

const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".scroll")) watch.observe(box);
