// Registers the service worker where the browser allows one: on localhost and under TLS.
if ("serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register("/sw.js", { scope: "/" });
