"""结构、流形、多个导数。"""

MESSAGES = {
    "a Hessian on a manifold is along a direction": "流形上的 Hessian 是沿某个方向的",
    "write along='d'": "请写 along='d'",
    "wrt is a list of names here": "此处 wrt 是名称列表",
    "a variable is named twice": "有变量被列出两次",
    'wrt=["w", "b"]': 'wrt=["w", "b"]',
    "structured=True is for one derivative by one real matrix": "structured=True 用于对一个实矩阵求一次导数",
    "{name} has no structure that structured=True knows": "{name} 没有 structured=True 所知的结构",
    "the Hessian on the manifold {manifold} is not supported": "不支持流形 {manifold} 上的 Hessian",
    "'{name}' is not a new name for a direction": "'{name}' 不是新的方向名",
    "there is no manifold '{manifold}'": "没有流形 '{manifold}'",
    "manifold= is for the gradient of a scalar by one real variable": "manifold= 用于标量对一个实变量的梯度",
    "{name} is {type}, which is no point of the manifold {manifold}": "{name} 是 {type}，不是流形 {manifold} 上的点",
    "derivatives of this order by a triangular matrix are not supported": "不支持对三角矩阵的这一阶导数",
    "declare it: {known}": "请声明：{known}",
    "manifolds are {known}": "流形有 {known}",
    "the derivative is by the free entries of {name}, which is {fact}; the free gradient G is mapped linearly": "导数是对 {name} 的自由元素的（{name} 为 {fact}）；它是自由梯度 G 的线性像",
    "the derivative by {name} is the Riemannian one on the manifold {manifold}": "对 {name} 的导数是流形 {manifold} 上的黎曼导数",
}
