import { define } from '../ui/part'
import { optionsOf } from './options'
import { Widget } from './widget'

const script = document.currentScript

/** One widget a page, added when the page has a body; it leaves the host's styles and globals alone. */
function start(): void {
  if (!(script instanceof HTMLScriptElement) || document.querySelector('parallax-widget')) return
  const options = optionsOf(script)
  define('parallax-widget', Widget)
  const widget = document.createElement('parallax-widget') as Widget
  widget.options = options
  document.body.append(widget)
}

if (document.body) start()
else document.addEventListener('DOMContentLoaded', start, { once: true })
