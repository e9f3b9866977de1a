import { css } from 'lit'

/** What every chart draws with: axes, grid lines, and the names of arms. */
export const chartStyle = css`
  :host {
    display: block;
    min-width: 0;
  }
  .hue-none {
    color: var(--px-text-faint);
  }
  .arm {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
    max-width: 100%;
    font-weight: 600;
  }
  .arm > svg {
    flex: none;
  }
  .plot {
    display: block;
    width: 100%;
    overflow: visible;
  }
  .gridline {
    stroke: var(--px-line);
  }
  .zero {
    stroke: var(--px-text-faint);
    stroke-width: 1.5;
  }
  .whisker {
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
  }
  .point {
    fill: currentColor;
    stroke: var(--px-canvas);
    stroke-width: 2;
  }
  .point.open {
    fill: var(--px-canvas);
    stroke: currentColor;
  }
  .tick,
  .axis-name {
    fill: var(--px-text-faint);
    font-size: var(--px-size-1);
    font-variant-numeric: tabular-nums;
  }
`

/** A chart with both axes: numbers on the left and below the plot. Its height and the room on the left are its own. */
export const planeStyle = css`
  figure {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 4px 8px;
    margin: 0;
    padding: 12px 8px 0 0;
  }
  .plot {
    height: 100%;
  }
  .below {
    grid-column: 2;
    height: 36px;
  }
`
