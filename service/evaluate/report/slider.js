(() => {
  const box = document.getElementById('break-even')
  if (!box) return
  const field = (name) => box.querySelector(`[name=${name}]`)
  const show = () => {
    const typed = ['cost', 'before', 'after', 'months', 'asked'].map((n) => field(n).value)
    const [cost, before, after, months, asked] = typed.map(Number)
    const known = typed.every((text) => text.trim() !== '') && months > 0
    const saved = before - after
    const out = box.querySelector('output')
    const needed = saved > 0 ? Math.ceil(cost / months / saved - 1e-9) : null
    out.textContent = !known ? box.dataset.unknown : needed === null ? box.dataset.never : box.dataset.needed.replace('{}', needed.toLocaleString())
    const left = box.querySelector('.asked')
    left.textContent = known && saved > 0 && asked > 0 ? box.dataset.months.replace('{}', (cost / (asked * saved)).toFixed(1)) : ''
    box.querySelector('.value').textContent = asked.toLocaleString()
  }
  box.addEventListener('input', show)
  show()
})()
