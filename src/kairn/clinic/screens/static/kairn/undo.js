// A word that offers Undo goes when its time is over. Without this file it stays until the next page, and the server asks for a reason then.
(() => {
  document.querySelectorAll("[data-toast][data-leaves]").forEach((toast) => {
    setTimeout(() => toast.remove(), Number(toast.dataset.leaves) * 1000);
  });
})();
