import { css } from 'lit'

/** `hue-<approach>` colours an element's text in the colour of that approach. */
export const hueStyle = css`
  .hue-plain {
    color: var(--px-hue-plain);
  }
  .hue-few_shot {
    color: var(--px-hue-few-shot);
  }
  .hue-rag {
    color: var(--px-hue-rag);
  }
  .hue-fine_tuned {
    color: var(--px-hue-fine-tuned);
  }
  .hue-rag_fine_tuned {
    color: var(--px-hue-rag-fine-tuned);
  }
`
