import { useEffect, useRef, type ReactElement } from 'react';
import uPlot from 'uplot';
import { formatTime } from '../logic/format.js';

/** One line of points: a name, a tone of the design system, and a value (or a gap) per moment. */
export interface PlotSeries {
  readonly label: string;
  readonly tone: 'success' | 'danger' | 'info';
  readonly values: readonly (number | null)[];
}

/** What a {@link Plot} shows: moments in seconds since 1970, ascending, and how to write a value. */
export interface PlotProps {
  label: string;
  times: readonly number[];
  series: readonly PlotSeries[];
  format: (value: number) => string;
  /** For values that differ by powers of ten. */
  logarithmic?: boolean;
  height?: number;
}

/** Points over time. The canvas is silent: give the same figures in a table beside it. */
export function Plot({ label, times, series, format, logarithmic = false, height = 180 }: PlotProps): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    let plot = draw(element, { times, series, format, logarithmic, height });
    const redraw = (): void => {
      plot.destroy();
      plot = draw(element, { times, series, format, logarithmic, height });
    };
    const size = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    size.observe(element);
    // Colours are painted on the canvas, so a change of theme needs new paint.
    const theme = new MutationObserver(redraw);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', redraw);
    return () => {
      size.disconnect();
      theme.disconnect();
      system.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [times, series, format, logarithmic, height]);
  return (
    <figure>
      <div ref={host} className="n-plot" role="img" aria-label={label} />
      <figcaption className="n-row n-plot__legend">
        {series.map((one) => <span key={one.label} className="n-plot__key" data-tone={one.tone}>{one.label}</span>)}
      </figcaption>
    </figure>
  );
}

function draw(element: HTMLElement, { times, series, format, logarithmic, height }: Required<Omit<PlotProps, 'label'>>): uPlot {
  const color = (name: string): string => resolveColor(element, `var(--${name})`);
  const axis = { stroke: color('text-faint'), grid: { stroke: color('border'), width: 1 }, ticks: { show: false }, font: '12px "Inter Variable", system-ui, sans-serif' };
  const options: uPlot.Options = {
    width: element.clientWidth,
    height,
    cursor: { y: false, points: { size: 7 } },
    legend: { show: false },
    scales: { y: logarithmic ? { distr: 3 } : { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1)] } },
    axes: [{ ...axis, values: (_plot, splits) => splits.map((at) => timeLabel(at, splits)) }, { ...axis, size: 64, values: (_plot, splits) => splits.map((value) => (value === null ? '' : format(value))) }],
    series: [{}, ...series.map((one): uPlot.Series => ({ label: one.label, stroke: color(`${one.tone}-solid`), width: 0, spanGaps: false, points: { show: true, size: 5, fill: color(`${one.tone}-solid`) } }))],
  };
  return new uPlot(options, [[...times], ...series.map(({ values }) => [...values])], element);
}

/** The time of a tick; with seconds, or with the day, where ticks are that close or that far. */
function timeLabel(seconds: number, [first = 0, second = first + 60]: readonly number[]): string {
  const gap = second - first;
  const options: Intl.DateTimeFormatOptions = gap >= 86_400 ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit', ...(gap < 60 && { second: '2-digit' }) };
  return formatTime(new Date(seconds * 1_000).toISOString(), options);
}

/** What the browser makes of a CSS colour, `light-dark()` included; a canvas understands neither it nor `var()`. */
function resolveColor(element: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
