// A link to a part that is folded away opens it, in one tap. Browsers that know this do it by themselves.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const folded = link && link.hash.length > 1 && document.getElementById(link.hash.slice(1))?.closest("details");
  if (folded) folded.open = true;
});
