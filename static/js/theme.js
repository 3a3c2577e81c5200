// Light or dark, once the reader chooses: a cookie that the server reads, so that no page flashes the other one.
for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.bsTheme
      ? root.dataset.bsTheme === "dark"
      : window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.bsTheme = dark ? "light" : "dark";
    const secure = window.location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${root.dataset.bsTheme}; path=/; max-age=31536000; samesite=lax${secure}`;
  });
}
