-- Asks for the paths of a file, one a line, one after the other; each thread starts elsewhere.
-- A second argument is an encoding that the client takes.
local paths = {}
local thread = 0

function setup(t)
   t:set("offset", thread)
   thread = thread + 1
end

function init(args)
   if args[2] then wrk.headers["Accept-Encoding"] = args[2] end
   for path in io.lines(args[1]) do
      paths[#paths + 1] = wrk.format("GET", path)
   end
   position = offset * math.floor(#paths / 2)
end

function request()
   position = position % #paths + 1
   return paths[position]
end
