/** Style of the inbox page: the colours of the dashboard, light and dark by the system. */
export const PAGE_STYLE = `
:root { color-scheme: light dark;
  --bg: light-dark(#f6f7f9, #0d1117); --surface: light-dark(#fff, #141a23); --sunken: light-dark(#f1f3f6, #10151d); --hover: light-dark(#f4f6f9, #1b2330);
  --border: light-dark(#e1e6ed, #262f3d); --strong: light-dark(#bac3d0, #455166); --text: light-dark(#111827, #e9edf3); --muted: light-dark(#475467, #aeb8c7); --faint: light-dark(#616c7f, #8b97a9);
  --accent: light-dark(#3a4ed5, #5064e8); --accent-text: light-dark(#3346c4, #a9b5ff); --accent-soft: light-dark(#eceffd, #1d2546); --focus: light-dark(#3a4ed5, #8d9dff);
  --ok-text: light-dark(#0a6637, #74dfa4); --ok-soft: light-dark(#e4f5eb, #0f2d1e); --ok: light-dark(#16995a, #2dbb70);
  --warn-text: light-dark(#824c00, #f2c264); --warn-soft: light-dark(#fdf1da, #32240c); --warn: light-dark(#d08700, #dba031);
  --danger-text: light-dark(#ad1b2c, #ff9da5); --danger-soft: light-dark(#fdebec, #38161b); --danger-fill: light-dark(#c22536, #c53443);
  --font: 'Inter Variable', Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: grid; grid-template-rows: auto 1fr; background: var(--bg); color: var(--text); font: 14px/1.45 var(--font); -webkit-font-smoothing: antialiased; }
button, input { font: inherit; color: inherit; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 6px; }
[hidden] { display: none !important; }
header { display: flex; align-items: center; gap: 12px; padding: 10px 16px; background: var(--surface); border-bottom: 1px solid var(--border); min-width: 0; }
.brand { display: flex; align-items: center; gap: 10px; font-weight: 650; letter-spacing: -.01em; white-space: nowrap; }
.brand svg { width: 26px; height: 26px; flex: none; }
.brand small { font-weight: 450; color: var(--faint); font-size: 13px; }
.live { display: inline-flex; align-items: center; gap: 6px; color: var(--muted); font-size: 12px; white-space: nowrap; }
.live i { width: 8px; height: 8px; border-radius: 50%; background: var(--ok); box-shadow: 0 0 0 3px var(--ok-soft); }
.live[data-state="off"] i { background: var(--warn); box-shadow: 0 0 0 3px var(--warn-soft); }
.spacer { flex: 1; }
.btn { height: 34px; padding: 0 12px; border: 1px solid var(--border); border-radius: 6px; background: var(--surface); font-weight: 550; font-size: 13px; cursor: pointer; white-space: nowrap; display: inline-flex; align-items: center; gap: 6px; text-decoration: none; color: inherit; }
.btn:hover { background: var(--hover); border-color: var(--strong); }
.btn:disabled { opacity: .5; cursor: default; }
.btn.danger { background: var(--danger-fill); border-color: var(--danger-fill); color: #fff; }
.btn.quiet { border-color: transparent; background: none; color: var(--muted); padding: 0 8px; }
main { display: grid; grid-template-columns: minmax(300px, 400px) 1fr; min-height: 0; }
.list { display: flex; flex-direction: column; min-height: 0; border-right: 1px solid var(--border); background: var(--surface); }
.find { padding: 10px 12px; border-bottom: 1px solid var(--border); display: grid; gap: 8px; }
.find input { width: 100%; height: 34px; padding: 0 12px; border: 1px solid var(--border); border-radius: 6px; background: var(--sunken); }
.find input::placeholder { color: var(--faint); }
.find p { margin: 0; font-size: 12px; color: var(--faint); }
ol { list-style: none; margin: 0; padding: 0; overflow-y: auto; flex: 1; }
li button { display: grid; grid-template-columns: 36px 1fr auto; column-gap: 12px; width: 100%; padding: 11px 14px 11px 11px; border: 0; border-left: 3px solid transparent; border-bottom: 1px solid var(--border); background: none; text-align: left; cursor: pointer; }
li button:hover { background: var(--hover); }
li button[aria-current="true"] { background: var(--accent-soft); border-left-color: var(--accent); }
li button:focus-visible { outline-offset: -2px; }
li.new button { animation: arrive 1.6s ease-out; }
@keyframes arrive { from { background: var(--accent-soft); } }
@media (prefers-reduced-motion: reduce) { li.new button { animation: none; } }
.avatar { width: 34px; height: 34px; border-radius: 50%; display: grid; place-items: center; font-weight: 650; font-size: 13px; color: #fff; grid-row: span 2; align-self: center; background: light-dark(hsl(var(--hue) 45% 42%), hsl(var(--hue) 38% 36%)); }
.who, .subject { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.who { font-weight: 600; }
.subject { color: var(--muted); grid-column: 2 / 4; }
.time { color: var(--faint); font-size: 12px; font-variant-numeric: tabular-nums; padding-top: 1px; }
.view { display: flex; flex-direction: column; min-width: 0; min-height: 0; overflow: hidden; }
article.view { flex: 1; }
.head { padding: 20px 24px 0; background: var(--surface); border-bottom: 1px solid var(--border); }
.head h1 { margin: 0 0 12px; font-size: 20px; line-height: 1.3; font-weight: 650; letter-spacing: -.015em; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0 0 14px; font-size: 13px; }
.facts dt { color: var(--faint); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.facts code { font: 12px var(--mono); }
.badges { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 14px; }
.badge { display: inline-flex; align-items: center; gap: 6px; padding: 3px 10px; border-radius: 999px; font-size: 12px; font-weight: 550; background: var(--sunken); color: var(--muted); }
.badge.ok::before, .badge.warn::before { content: ''; width: 7px; height: 7px; border-radius: 50%; background: var(--ok); }
.badge.warn::before { background: var(--warn); }
.badge.ok { background: var(--ok-soft); color: var(--ok-text); }
.badge.warn { background: var(--warn-soft); color: var(--warn-text); }
.tabs { display: flex; gap: 4px; align-items: center; margin: 0 -8px; }
.tabs button { border: 0; background: none; padding: 9px 10px 10px; color: var(--muted); font-weight: 550; font-size: 13px; border-bottom: 2px solid transparent; cursor: pointer; }
.tabs button[aria-selected="true"] { color: var(--accent-text); border-bottom-color: var(--accent); }
.tabs button:disabled { opacity: .4; cursor: default; }
.tabs .btn { margin-left: auto; color: var(--muted); }
.body { flex: 1; min-height: 0; overflow: auto; background: var(--bg); }
.body iframe { display: block; width: 100%; height: 100%; border: 0; background: #fff; }
.body pre { margin: 0; padding: 20px 24px; font: 12.5px/1.6 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.body pre.text { font: 14px/1.6 var(--font); max-width: 76ch; }
.body table { width: 100%; border-collapse: collapse; font-size: 12.5px; }
.body td { padding: 7px 24px; border-bottom: 1px solid var(--border); vertical-align: top; }
.body td:first-child { width: 1%; white-space: nowrap; color: var(--faint); padding-right: 0; font-weight: 550; }
.body td:last-child { font-family: var(--mono); overflow-wrap: anywhere; }
.files { display: flex; flex-wrap: wrap; gap: 8px; padding: 12px 24px; border-top: 1px solid var(--border); background: var(--surface); }
.empty { margin: auto; max-width: 480px; padding: 32px 24px; text-align: center; color: var(--muted); }
.empty svg { width: 88px; height: 88px; color: var(--strong); }
.empty h2 { margin: 12px 0 6px; font-size: 17px; color: var(--text); letter-spacing: -.01em; }
.empty p { margin: 0 0 16px; }
.none { padding: 32px 20px; text-align: center; color: var(--faint); }
dialog { border: 1px solid var(--border); border-radius: 10px; background: var(--surface); color: inherit; padding: 0; max-width: min(640px, calc(100vw - 32px)); max-height: calc(100vh - 48px); box-shadow: 0 12px 40px light-dark(rgb(16 24 40 / 18%), rgb(0 0 0 / 60%)); }
dialog::backdrop { background: light-dark(rgb(17 24 39 / 45%), rgb(0 0 0 / 62%)); }
dialog h2 { margin: 0; padding: 18px 20px 4px; font-size: 16px; }
dialog > p { margin: 0; padding: 0 20px 12px; color: var(--muted); }
dialog table { width: 100%; border-collapse: collapse; font-size: 13px; }
dialog td { padding: 7px 20px; border-top: 1px solid var(--border); vertical-align: top; }
dialog td:first-child { white-space: nowrap; font: 12.5px var(--mono); color: var(--accent-text); padding-right: 0; }
dialog footer { display: flex; justify-content: flex-end; gap: 8px; padding: 14px 20px; border-top: 1px solid var(--border); position: sticky; bottom: 0; background: var(--surface); }
.back { display: none; margin-bottom: 8px; margin-left: -8px; }
@media (max-width: 760px) {
  main { grid-template-columns: 1fr; }
  .list { border-right: 0; }
  body[data-open="true"] .list, body[data-open="false"] .view { display: none; }
  .back { display: inline-flex; } header { gap: 8px; padding: 10px 12px; } header .btn { padding: 0 10px; }
  .head { padding: 12px 16px 0; } .body td { padding-inline: 16px; } .body pre { padding: 16px; } .files { padding: 12px 16px; }
  .brand small, .live span { display: none; }
  .tabs { overflow-x: auto; }
  li button { padding-block: 13px; }
}
`;
