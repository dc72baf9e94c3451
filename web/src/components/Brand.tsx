export function Brand() {
  return (
    <div className="brand">
      <img src="/favicon.svg" width="22" height="22" alt="" />
      <span>Repartee</span>
    </div>
  );
}
