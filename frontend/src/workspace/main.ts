import { css } from 'lit'
import { theme } from '../ui/tokens'
import './app'
import { apply } from './preferences'

const page = css`
  :root {
    background: var(--px-canvas);
    color: var(--px-text);
  }
`

for (const { styleSheet } of [theme(':root'), page]) {
  if (styleSheet) document.adoptedStyleSheets = [...document.adoptedStyleSheets, styleSheet]
}
apply()
