// Preloaded into the measured gateway: it offers no option for the address it listens on.
const { Server } = require("node:net");

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  if (typeof port === "number") return listen.call(this, port, "127.0.0.1", ...rest.slice(-1));
  return listen.call(this, port, ...rest);
};
