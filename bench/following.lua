-- Follows the requests of a file, a reference's path and a secret a line, one after the other.
local cases = {}
local position = 0

function init(args)
   for line in io.lines(args[1]) do
      local path, secret = line:match("^(%S+) (.+)$")
      cases[#cases + 1] = wrk.format("GET", path, { ["Authorization"] = "Bearer " .. secret })
   end
end

function request()
   position = position % #cases + 1
   return cases[position]
end
