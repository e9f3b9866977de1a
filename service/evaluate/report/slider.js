(() => {
  const box = document.getElementById('break-even')
  if (!box) return
  const field = (name) => box.querySelector(`[name=${name}]`)
  const show = () => {
    const [cost, before, after, months, asked] = ['cost', 'before', 'after', 'months', 'asked'].map((n) => Number(field(n).value))
    const saved = before - after
    const out = box.querySelector('output')
    const needed = saved > 0 ? Math.ceil(cost / months / saved - 1e-9) : null
    out.textContent = needed === null ? box.dataset.never : box.dataset.needed.replace('{}', needed.toLocaleString())
    const left = box.querySelector('.asked')
    left.textContent = saved > 0 && asked > 0 ? box.dataset.months.replace('{}', (cost / (asked * saved)).toFixed(1)) : ''
    box.querySelector('.value').textContent = asked.toLocaleString()
  }
  box.addEventListener('input', show)
  show()
})()
