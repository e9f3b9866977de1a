import { css } from 'lit'
import { dialogStyle, emptyStyle, titleStyle } from './shared-style'

/** A page of the workspace that scrolls as a whole: its head, its sections, its dialogs. */
export const pageStyle = [
  titleStyle,
  emptyStyle,
  dialogStyle,
  css`
    :host {
      display: block;
      height: 100%;
      overflow-y: auto;
      scrollbar-gutter: stable;
    }
    .page {
      width: 100%;
      max-width: 1120px;
      margin: 0 auto;
      padding: 24px 32px 64px;
    }
    .head {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 12px;
      margin-bottom: 20px;
    }
    .push {
      margin-inline-start: auto;
    }
    .failure {
      display: grid;
      grid-template-columns: 16px 1fr auto;
      gap: 4px 8px;
      align-items: start;
      margin: 16px 0;
      padding: 12px 16px;
      border-radius: var(--px-radius);
      background: var(--px-bad-soft);
    }
    .failure > svg {
      margin-top: 2px;
      color: var(--px-bad);
    }
    dialog {
      padding: 20px;
    }
    dialog p {
      margin: 8px 0 20px;
      color: var(--px-text-soft);
    }
    dialog h2 {
      overflow-wrap: anywhere;
    }
    .choices {
      display: flex;
      justify-content: flex-end;
      gap: 8px;
    }
    .lines {
      display: grid;
      gap: 12px;
      padding: 16px 0;
    }
    .lines .skeleton {
      height: 20px;
    }
    @media (max-width: 720px) {
      .page {
        padding: 16px 16px 48px;
      }
    }
  `,
]
